import { Alert, Button, Group, List, Modal, Select, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api, errorMessage } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { queryClient } from "../../live/store";
import { key, options, refresh, useQueues } from "../lists";
import { ifMatch, type Versioned } from "../versioned";
import { changeQueue } from "../team/calls";
import { changeWorkstream } from "./calls";

type Uses = components["schemas"]["Uses"];
type What = "queue" | "workstream";

interface Thing {
  id: string;
  name: string;
  archived: boolean;
}

interface Props {
  what: What;
  loaded: Versioned<Thing>;
}

const at = (id: string) => ({ params: { path: { id } } });
const readUses = (what: What, id: string): Promise<Uses> =>
  answer(what === "queue" ? api.GET("/v1/queues/{id}/uses", at(id)) : api.GET("/v1/workstreams/{id}/uses", at(id)));

const sentences: Record<Uses["used_by"][number]["kind"], (name: string) => string> = {
  workstream: (name) => `Workstream “${name}” leads here.`,
  routing_rules: (name) => `Routing rules of workstream “${name}” lead here.`,
  overflow: (name) => `Queue “${name}” overflows into it.`,
  account: (name) => `Channel “${name}” leads here.`,
  address: (name) => `Number “${name}” leads here.`,
  widget: (name) => `Chat “${name}” leads here.`,
};

/** ArchiveButton archives a queue or a workstream after saying what uses it, or restores it. */
export function ArchiveButton({ what, loaded }: Props) {
  const [asking, setAsking] = useState(false);
  const { id, archived } = loaded.value;
  const change = useMutation({
    mutationFn: (body: Record<string, unknown>): Promise<Versioned<Thing>> =>
      what === "queue" ? changeQueue(id, body, ifMatch(loaded.etag)) : changeWorkstream(id, body, ifMatch(loaded.etag)),
    onSuccess: async (got) => {
      queryClient.setQueryData(key(what, id), got);
      setAsking(false);
      await refresh(`${what}s`);
    },
  });
  if (archived)
    return (
      <Stack gap={4} align="flex-end">
        <Button variant="default" loading={change.isPending} onClick={() => change.mutate({ archived: false })}>
          Restore
        </Button>
        {change.isError && (
          <Text size="xs" className="sign-late" role="alert">
            {errorMessage(change.error)}
          </Text>
        )}
      </Stack>
    );
  const close = () => {
    setAsking(false);
    change.reset();
  };
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Archive…
      </Button>
      <Modal opened={asking} onClose={close} title={`Archive ${what} “${loaded.value.name}”?`}>
        <Question
          what={what}
          thing={loaded.value}
          error={change.error}
          busy={change.isPending}
          close={close}
          archive={(moveTo) => change.mutate({ archived: true, ...(moveTo && { move_waiting_to: moveTo }) })}
        />
      </Modal>
    </>
  );
}

interface QuestionProps {
  what: What;
  thing: Thing;
  error: Error | null;
  busy: boolean;
  close: () => void;
  archive: (moveTo: string | null) => void;
}

function Question({ what, thing, error, busy, close, archive }: QuestionProps) {
  const [moveTo, setMoveTo] = useState<string | null>(null);
  const uses = useQuery({ queryKey: key(`${what}-uses`, thing.id), staleTime: 0, gcTime: 0, queryFn: () => readUses(what, thing.id) });
  const others = useQueues().data?.filter((q) => q.id !== thing.id);
  const used = uses.data?.used_by ?? [];
  const problem = error ?? uses.error;
  return (
    <Stack gap="sm">
      {problem && (
        <Alert color="red" role="alert" title={`Could not archive the ${what}`}>
          {errorMessage(problem)}
        </Alert>
      )}
      {used.length > 0 ? (
        <>
          <List size="sm">
            {used.map((u) => (
              <List.Item key={u.kind + u.id}>{sentences[u.kind](u.name)}</List.Item>
            ))}
          </List>
          <Text size="sm">Choose another {what} there first.</Text>
        </>
      ) : (
        <Text size="sm">
          It takes no new conversations and is no longer offered as a choice. Its name stays on old conversations, and you can restore it.
        </Text>
      )}
      {uses.data && used.length === 0 && <Live uses={uses.data} />}
      {what === "queue" && used.length === 0 && (uses.data?.waiting ?? 0) > 0 && (
        <Select
          label="Waiting conversations"
          placeholder="Stay with this queue’s members"
          clearable
          data={options(others).map((o) => ({ ...o, label: `Move to ${o.label}` }))}
          value={moveTo}
          onChange={setMoveTo}
        />
      )}
      <Group justify="flex-end">
        <Button variant="default" onClick={close} data-autofocus>
          Cancel
        </Button>
        <Button disabled={!uses.data || used.length > 0} loading={busy} onClick={() => archive(moveTo)}>
          Archive {what}
        </Button>
      </Group>
    </Stack>
  );
}

function Live({ uses }: { uses: Uses }) {
  if (uses.waiting + uses.assigned === 0) return null;
  const many = (n: number, what: string) => `${String(n)} ${n === 1 ? "conversation" : "conversations"} ${what}`;
  return (
    <Text size="sm">
      {many(uses.waiting, "waiting")}, {many(uses.assigned, "with an agent")}. They are finished as usual.
    </Text>
  );
}
