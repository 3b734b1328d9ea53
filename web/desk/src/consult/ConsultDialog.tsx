import { Badge, Modal, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useMutation, useQuery } from "@tanstack/react-query";
import { type ReactNode, useState } from "react";

import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import { presences } from "../session/presences";
import { notifyError } from "../ui/notify";
import { LoadError, SkeletonRows } from "../ui/States";
import { consult } from "./calls";

/** ConsultDialog asks a colleague for advice; the customer does not know. */
export function ConsultDialog({ c, close }: { c: Conversation; close: () => void }) {
  const [q, setQ] = useState("");
  const [words] = useDebouncedValue(q.trim(), 150);
  const targets = useQuery({
    queryKey: ["transfer-targets", c.id, words],
    placeholderData: keepPreviousData,
    staleTime: 0,
    queryFn: () =>
      answer(api.GET("/v1/conversations/{id}/transfer-targets", { params: { path: { id: c.id }, query: words ? { q: words } : {} } })),
  });
  const ask = useMutation({
    mutationFn: (to: { agent_id: string } | { queue_id: string }) => consult(c.id, to),
    onSuccess: close,
    onError: (e) => notifyError("Could not ask your colleague", e),
  });
  const there = new Set(c.participants.map((p) => p.agent_id));
  return (
    <Modal opened onClose={close} title="Consult a colleague" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="xs">
        <Text size="sm" c="dimmed">
          They see the conversation and write to you in private. The customer notices nothing until you bring them in.
        </Text>
        <TextInput
          label="Ask"
          placeholder="Search agents and queues"
          value={q}
          onChange={(e) => setQ(e.currentTarget.value)}
          maxLength={100}
          data-autofocus
        />
        {targets.isPending && <SkeletonRows n={3} h={36} />}
        {targets.isError && <LoadError what="Could not load agents" error={targets.error} retry={() => void targets.refetch()} />}
        <div role="list" aria-label="Agents and queues" className="transfer-targets">
          {c.queue && !words && (
            <Target name={c.queue.name} busy={ask.isPending} go={() => ask.mutate({ queue_id: c.queue?.id ?? "" })}>
              <Badge size="sm" variant="default">
                Queue
              </Badge>
            </Target>
          )}
          {targets.data?.agents.map((to) => (
            <Target
              key={to.id}
              name={to.name}
              busy={ask.isPending || there.has(to.id) || ["offline", "inactive"].includes(to.presence)}
              go={() => ask.mutate({ agent_id: to.id })}
            >
              <Text span size="xs" c="dimmed" className="nowrap">
                {there.has(to.id) ? "Asked" : presences[to.presence].label}
              </Text>
            </Target>
          ))}
        </div>
        {targets.data?.agents.length === 0 && (
          <Text size="sm" c="dimmed" role="status">
            {words ? `No agents match “${words}”.` : "No other agents."}
          </Text>
        )}
      </Stack>
    </Modal>
  );
}

function Target({ name, busy, go, children }: { name: string; busy: boolean; go: () => void; children: ReactNode }) {
  return (
    <div role="listitem">
      <UnstyledButton className="before" onClick={go} disabled={busy}>
        <span className="truncate grow">{name}</span>
        {children}
      </UnstyledButton>
    </div>
  );
}
