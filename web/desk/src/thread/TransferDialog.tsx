import { Badge, Group, Modal, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { newID } from "../../../shared/uuid";
import { answer, api } from "../api/client";
import type { components } from "../../../shared/schema";
import type { Conversation } from "../api/types";
import { defer } from "../commands/deferred";
import { storeConversations } from "../live/store";
import { presences } from "../session/presences";
import { notifyError, notify } from "../ui/notify";
import { LoadError, SkeletonRows } from "../ui/States";

type Aim = components["schemas"]["Aim"];

interface Props {
  c: Conversation;
  opened: boolean;
  close: () => void;
  done: () => void;
}

/** TransferDialog transfers a conversation to another agent or queue. */
export function TransferDialog({ c, opened, close, done }: Props) {
  return (
    <Modal opened={opened} onClose={close} title="Transfer" closeButtonProps={{ "aria-label": "Close" }}>
      <TargetList c={c} done={done} close={close} />
    </Modal>
  );
}

function TargetList({ c, done, close }: Pick<Props, "c" | "done" | "close">) {
  const [q, setQ] = useState("");
  const [words] = useDebouncedValue(q.trim(), 150);
  const targets = useQuery({
    queryKey: ["transfer-targets", c.id, words],
    placeholderData: keepPreviousData,
    staleTime: 0,
    queryFn: () =>
      answer(api.GET("/v1/conversations/{id}/transfer-targets", { params: { path: { id: c.id }, query: words ? { q: words } : {} } })),
  });
  const go = useNavigate();
  const transferTo = (to: Aim, name: string) => {
    const back = () => void go({ to: "/c/$id", params: { id: c.id }, search: (s) => s });
    defer(c.id, "transfer", `Transferring to ${name}…`, (leaving) => transfer(c.id, to, name, leaving), back);
    close();
    done();
  };
  return (
    <Stack gap="xs">
      <TextInput
        label="Transfer to"
        placeholder="Search agents and queues"
        value={q}
        onChange={(e) => setQ(e.currentTarget.value)}
        maxLength={100}
        data-autofocus
      />
      {targets.isPending && <SkeletonRows n={3} h={36} />}
      {targets.isError && <LoadError what="Could not load agents and queues" error={targets.error} retry={() => void targets.refetch()} />}
      <div role="list" aria-label="Agents and queues" className="transfer-targets">
        {targets.data?.queues.map((to) => (
          <Target key={to.id} name={to.name} busy={false} go={() => transferTo({ queue_id: to.id }, to.name)}>
            <Badge size="sm" variant="default">
              Queue
            </Badge>
          </Target>
        ))}
        {targets.data?.agents.map((to) => (
          <Target key={to.id} name={to.name} busy={!to.ready} go={() => transferTo({ agent_id: to.id }, to.name)}>
            <Text span size="xs" c="dimmed" className="nowrap">
              {presences[to.presence].label} · {to.load} of {to.capacity}
            </Text>
          </Target>
        ))}
      </div>
      {targets.data && targets.data.agents.length + targets.data.queues.length === 0 && (
        <Text size="sm" c="dimmed" role="status">
          {words ? `No agents or queues match “${words}”.` : "No other agents or queues available."}
        </Text>
      )}
    </Stack>
  );
}

/** transfer runs once the time to undo it is over. */
async function transfer(id: string, to: Aim, name: string, keepalive: boolean): Promise<void> {
  const params = { path: { id }, header: { "Idempotency-Key": newID() } };
  try {
    storeConversations(await answer(api.POST("/v1/conversations/{id}/transfer", { params, body: to, keepalive })));
    notify(`Transferred to ${name}`);
  } catch (error) {
    notifyError("Could not transfer the conversation", error);
  }
}

function Target({ name, busy, go, children }: { name: string; busy: boolean; go: () => void; children: ReactNode }) {
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
