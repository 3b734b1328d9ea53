import { Badge, Button, Group, Modal, NativeSelect, Stack, Text, Textarea, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { newID } from "../../../shared/uuid";
import { answer, api } from "../api/client";
import type { components } from "../../../shared/schema";
import type { Conversation } from "../api/types";
import { defer, transferUndoTime } from "../commands/deferred";
import { storeConversations } from "../live/store";
import { presences } from "../session/presences";
import { type Reason, reasons } from "../tags/TransferNotice";
import { notifyError, notify } from "../ui/notify";
import { LoadError, SkeletonRows } from "../ui/States";
import { formatDateTime, formatDuration } from "../ui/time";

type Schemas = components["schemas"];
type NewTransfer = Schemas["NewTransfer"];
type TransferQueue = Schemas["TransferTargets"]["queues"][number];

interface Chosen {
  name: string;
  to: Pick<NewTransfer, "agent_id" | "queue_id">;
  hint?: string; // what is to be known before
}

interface Props {
  c: Conversation;
  opened: boolean;
  close: () => void;
  done: () => void;
}

/** TransferDialog transfers a conversation to another agent or queue, with what they should know. */
export function TransferDialog({ c, opened, close, done }: Props) {
  const [chosen, choose] = useState<Chosen | null>(null);
  return (
    <Modal opened={opened} onClose={close} title="Transfer" closeButtonProps={{ "aria-label": "Close" }}>
      {chosen ? (
        <Details c={c} chosen={chosen} back={() => choose(null)} close={close} done={done} />
      ) : (
        <TargetList c={c} choose={choose} />
      )}
    </Modal>
  );
}

function TargetList({ c, choose }: { c: Conversation; choose: (to: Chosen) => void }) {
  const [q, setQ] = useState("");
  const [words] = useDebouncedValue(q.trim(), 150);
  const targets = useQuery({
    queryKey: ["transfer-targets", c.id, words],
    placeholderData: keepPreviousData,
    staleTime: 0,
    queryFn: () =>
      answer(api.GET("/v1/conversations/{id}/transfer-targets", { params: { path: { id: c.id }, query: words ? { q: words } : {} } })),
  });
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
          <Target
            key={to.id}
            name={to.name}
            busy={false}
            go={() => choose({ name: to.name, to: { queue_id: to.id }, hint: to.open ? undefined : closedHint(to) })}
          >
            <Text span size="xs" c="dimmed" className="nowrap">
              {queueStatus(to)}
            </Text>
            <Badge size="sm" variant="default">
              Queue
            </Badge>
          </Target>
        ))}
        {targets.data?.agents.map((to) => (
          <Target key={to.id} name={to.name} busy={!to.ready} go={() => choose({ name: to.name, to: { agent_id: to.id } })}>
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

/** queueStatus says whether a queue is open, who is there, and how long it takes. */
function queueStatus(q: TransferQueue): string {
  if (!q.open) return q.changes_at ? `Closed until ${formatDateTime(q.changes_at)}` : "Closed";
  const there = q.available === 1 ? "1 agent available" : `${q.available || "No"} agents available`;
  if (q.expected_wait) return `${there} · about ${formatDuration(q.expected_wait * 1000)}`;
  return q.waiting > 0 ? `${there} · ${q.waiting} waiting` : there;
}

const closedHint = (q: TransferQueue): string =>
  q.changes_at
    ? `This queue is closed. The customer waits until it opens: ${formatDateTime(q.changes_at)}.`
    : "This queue is closed. The customer waits until it opens.";

/** Details asks what whoever gets the conversation should know, and transfers it. */
function Details({
  c,
  chosen,
  back,
  close,
  done,
}: {
  c: Conversation;
  chosen: Chosen;
  back: () => void;
  close: () => void;
  done: () => void;
}) {
  const [reason, setReason] = useState<Reason>("");
  const [note, setNote] = useState("");
  const go = useNavigate();
  const transferNow = () => {
    const reopen = () => void go({ to: "/c/$id", params: { id: c.id }, search: (s) => s });
    const body: NewTransfer = { ...chosen.to, ...(reason && { reason }), ...(note.trim() && { note: note.trim() }) };
    const run = (leaving: boolean) => transfer(c.id, body, chosen.name, leaving);
    defer(c.id, "transfer", `Transferring to ${chosen.name}…`, run, reopen, transferUndoTime);
    close();
    done();
  };
  return (
    <form
      onSubmit={(e) => {
        e.preventDefault();
        transferNow();
      }}
    >
      <Stack gap="sm">
        <Text size="sm">
          To <b>{chosen.name}</b>
        </Text>
        {chosen.hint && (
          <Text size="sm" c="var(--late)" role="status">
            {chosen.hint}
          </Text>
        )}
        <NativeSelect
          label="Reason"
          value={reason}
          onChange={(e) => setReason(e.currentTarget.value as Reason)}
          data={[{ value: "", label: "No reason" }, ...reasons]}
        />
        <Textarea
          label="Note"
          description="Shown with the offer and in the conversation. The customer will not see it."
          value={note}
          onChange={(e) => setNote(e.currentTarget.value)}
          maxLength={2000}
          autosize
          minRows={2}
          maxRows={8}
          data-autofocus
        />
        <Group justify="flex-end" gap="xs">
          <Button variant="default" onClick={back}>
            Back
          </Button>
          <Button type="submit">Transfer</Button>
        </Group>
      </Stack>
    </form>
  );
}

/** transfer runs once the time to undo it is over. */
async function transfer(id: string, to: NewTransfer, name: string, keepalive: boolean): Promise<void> {
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
