import { Button, Checkbox, Group, Modal, Select, Stack, Text } from "@mantine/core";
import { useState } from "react";

import { presences } from "../session/presences";
import { useQueues } from "../setup/lists";
import { startBulk } from "./bulk";
import { customerOf } from "./labels";
import { type LiveConversation, useLiveAgents } from "./useLiveData";
import type { Steering } from "./steer";

interface Props {
  what: Steering["do"];
  list: readonly LiveConversation[];
  close: () => void;
  done: () => void;
}

const countOf = (n: number) => (n === 1 ? "1 conversation" : `${String(n)} conversations`);

/** SteerDialog asks to whom or where conversations go, and says what that means before it begins. */
export function SteerDialog({ what, list, close, done }: Props) {
  const n = countOf(list.length);
  const title = { assign: `Assign ${n} to an agent`, move: `Move ${n} to a queue`, "force-close": `Force-close ${n}` }[what];
  const begin = (as: string, steering: Steering) => {
    startBulk(
      as,
      list.map((c) => ({ id: c.id, name: customerOf(c) })),
      steering,
    );
    done();
  };
  return (
    <Modal opened onClose={close} title={title} closeButtonProps={{ "aria-label": "Close" }}>
      {what === "assign" && <AssignForm n={n} begin={begin} />}
      {what === "move" && <MoveForm n={n} begin={begin} />}
      {what === "force-close" && (
        <Stack gap="sm">
          <Text size="sm">They close at once, whoever has them. Customers are told if the workstream says so. Closed is final.</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              Cancel
            </Button>
            <Button color="red" onClick={() => begin(title, { do: "force-close" })} data-autofocus>
              Force-close {n}
            </Button>
          </Group>
        </Stack>
      )}
    </Modal>
  );
}

type Begin = (title: string, what: Steering) => void;

function AssignForm({ n, begin }: { n: string; begin: Begin }) {
  const agents = useLiveAgents();
  const [agent, setAgent] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const there = (agents.data ?? []).filter((a) => a.presence !== "offline");
  const chosen = there.find((a) => a.id === agent);
  return (
    <Stack gap="sm">
      <Select
        label="Agent"
        description="The agent is offered them. Whoever has them loses them."
        placeholder={agents.isPending ? "Loading…" : "Choose an agent"}
        searchable
        value={agent}
        onChange={setAgent}
        nothingFoundMessage="Nobody who is online matches"
        data={there.map((a) => ({
          value: a.id,
          label: `${a.name} · ${presences[a.presence].label} · ${String(a.load)} of ${String(a.capacity)}`,
        }))}
        data-autofocus
      />
      <Checkbox label="Also beyond their capacity" checked={over} onChange={(e) => setOver(e.currentTarget.checked)} />
      <Group justify="flex-end">
        <Button
          disabled={!chosen}
          onClick={() => chosen && begin(`Assign ${n} to ${chosen.name}`, { do: "assign", agent_id: chosen.id, over_capacity: over })}
        >
          Assign {n}
        </Button>
      </Group>
    </Stack>
  );
}

function MoveForm({ n, begin }: { n: string; begin: Begin }) {
  const queues = useQueues();
  const [queue, setQueue] = useState<string | null>(null);
  const chosen = queues.data?.find((q) => q.id === queue);
  return (
    <Stack gap="sm">
      <Select
        label="Queue"
        description="They wait there for an agent. Whoever has them loses them."
        placeholder={queues.isPending ? "Loading…" : "Choose a queue"}
        searchable
        value={queue}
        onChange={setQueue}
        data={(queues.data ?? []).map((q) => ({ value: q.id, label: q.name }))}
        data-autofocus
      />
      <Group justify="flex-end">
        <Button disabled={!chosen} onClick={() => chosen && begin(`Move ${n} to ${chosen.name}`, { do: "move", queue_id: chosen.id })}>
          Move {n}
        </Button>
      </Group>
    </Stack>
  );
}
