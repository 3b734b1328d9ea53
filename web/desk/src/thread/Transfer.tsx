import { Badge, Group, Modal, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { answer, api, newKey } from "../api/client";
import type { components } from "../api/schema";
import type { Conversation } from "../api/types";
import { learn } from "../live/store";
import { presences } from "../session/presences";
import { complain, tell } from "../ui/act";
import { Failed, Rows } from "../ui/States";

type Aim = components["schemas"]["Aim"];

interface Props {
  c: Conversation;
  opened: boolean;
  close: () => void;
  done: () => void;
}

/** Transfer gives a conversation to another agent or another queue. */
export function Transfer({ c, opened, close, done }: Props) {
  return (
    <Modal opened={opened} onClose={close} title="Transfer" closeButtonProps={{ "aria-label": "Close" }}>
      <Choose c={c} done={done} close={close} />
    </Modal>
  );
}

function Choose({ c, done, close }: Pick<Props, "c" | "done" | "close">) {
  const [q, setQ] = useState("");
  const [words] = useDebouncedValue(q.trim(), 150);
  const aims = useQuery({
    queryKey: ["aims", c.id, words],
    placeholderData: keepPreviousData,
    staleTime: 0,
    queryFn: () => answer(api.GET("/v1/conversations/{id}/aims", { params: { path: { id: c.id }, query: words ? { q: words } : {} } })),
  });
  const give = useMutation({
    mutationFn: ({ to }: { to: Aim; name: string }) =>
      answer(
        api.POST("/v1/conversations/{id}/transfer", { params: { path: { id: c.id }, header: { "Idempotency-Key": newKey() } }, body: to }),
      ),
    onSuccess: (after, { name }) => {
      learn(after);
      tell(`Given to ${name}.`);
      close();
      done();
    },
    onError: (e) => complain("It is still yours", e),
  });
  return (
    <Stack gap="xs">
      <TextInput
        label="To whom"
        placeholder="Name of an agent or a queue"
        value={q}
        onChange={(e) => setQ(e.currentTarget.value)}
        maxLength={100}
        data-autofocus
      />
      {aims.isPending && <Rows n={3} h={36} />}
      {aims.isError && <Failed what="The list cannot be read" error={aims.error} again={() => void aims.refetch()} />}
      <div role="list" aria-label="Agents and queues" className="aims">
        {aims.data?.queues.map((to) => (
          <Choice key={to.id} name={to.name} busy={give.isPending} go={() => give.mutate({ to: { queue_id: to.id }, name: to.name })}>
            <Badge size="sm" variant="default">
              Queue
            </Badge>
          </Choice>
        ))}
        {aims.data?.agents.map((to) => (
          <Choice
            key={to.id}
            name={to.name}
            busy={give.isPending || !to.ready}
            go={() => give.mutate({ to: { agent_id: to.id }, name: to.name })}
          >
            <Text span size="xs" c="dimmed" className="nowrap">
              {presences[to.presence].label} · {to.load} of {to.capacity}
            </Text>
          </Choice>
        ))}
      </div>
      {aims.data && aims.data.agents.length + aims.data.queues.length === 0 && (
        <Text size="sm" c="dimmed" role="status">
          {words ? `Nobody is called “${words}”.` : "There is nobody else and no other queue."}
        </Text>
      )}
    </Stack>
  );
}

function Choice({ name, busy, go, children }: { name: string; busy: boolean; go: () => void; children: ReactNode }) {
  return (
    <div role="listitem">
      <UnstyledButton className="before" onClick={go} disabled={busy}>
        <span className="truncate grow">{name}</span>
        <Group gap={6} wrap="nowrap">
          {children}
        </Group>
      </UnstyledButton>
    </div>
  );
}
