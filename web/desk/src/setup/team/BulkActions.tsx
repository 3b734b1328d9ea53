import { Alert, Button, Group, Menu, NativeSelect, Paper, Table, Text, TextInput } from "@mantine/core";
import { IconCheck, IconChevronDown, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { refresh, useQueues, type Agent } from "../lists";
import { BulkProfiles } from "./BulkProfiles";
import { inBulk, type Outcome } from "./bulk";
import { addMember, changeAgent, removeMember, roles } from "./calls";
import { membersChanged } from "./people";
import { giveProfile, takeProfile } from "./profiles";

type Change =
  { do: "role" | "join" | "leave" | "give" | "take"; to: string } | { do: "capacity"; to: number } | { do: "disable" | "enable" };

function apply(change: Change, a: Agent): Promise<unknown> {
  switch (change.do) {
    case "role":
      return changeAgent(a.id, { role: change.to });
    case "join":
      return addMember(change.to, a.id);
    case "leave":
      return removeMember(change.to, a.id);
    case "give":
      return giveProfile(a.id, change.to);
    case "take":
      return takeProfile(a.id, change.to);
    case "capacity":
      return changeAgent(a.id, { capacity: change.to });
    default:
      return changeAgent(a.id, { disabled: change.do === "disable" });
  }
}

/** BulkActions change everybody who is selected, and say for each what became of it. */
export function BulkActions({ chosen, clear }: { chosen: Agent[]; clear: () => void }) {
  const [done, setDone] = useState(0);
  const change = useMutation({
    mutationFn: (what: Change) => inBulk(chosen, (a) => apply(what, a), setDone),
    onSettled: () => Promise.all([membersChanged(), refresh("agent"), refresh("agent-profiles")]),
  });
  if (chosen.length === 0 && !change.data) return null;
  return (
    <Paper withBorder p="sm" my="sm" role="region" aria-label="Change the selected people">
      <Group gap="sm" justify="space-between">
        <Text size="sm" fw={600}>
          {change.isPending ? `${done} of ${chosen.length} done` : `${chosen.length} selected`}
        </Text>
        <Button
          size="xs"
          variant="subtle"
          onClick={() => {
            clear();
            change.reset();
          }}
        >
          Clear selection
        </Button>
      </Group>
      {chosen.length > 0 && <Choices run={(what) => change.mutate(what)} busy={change.isPending} />}
      <div role="status">{change.data && <Outcomes list={change.data} />}</div>
    </Paper>
  );
}

function Choices({ run, busy }: { run: (change: Change) => void; busy: boolean }) {
  const queues = useQueues().data ?? [];
  const [queue, setQueue] = useState("");
  const [capacity, setCapacity] = useState("");
  const to = queue || (queues[0]?.id ?? "");
  return (
    <Group gap="md" mt="sm" align="flex-end">
      <Menu position="bottom-start">
        <Menu.Target>
          <Button variant="default" loading={busy} rightSection={<IconChevronDown size={14} aria-hidden />}>
            Role or access
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {roles.map((r) => (
            <Menu.Item key={r.value} onClick={() => run({ do: "role", to: r.value })}>
              Make {r.label.toLowerCase()}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item onClick={() => run({ do: "disable" })}>Disable: they cannot sign in</Menu.Item>
          <Menu.Item onClick={() => run({ do: "enable" })}>Enable</Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {queues.length > 0 && (
        <Group gap="xs" align="flex-end">
          <NativeSelect
            label="Queue"
            data={queues.map((q) => ({ value: q.id, label: q.name }))}
            value={to}
            onChange={(e) => setQueue(e.currentTarget.value)}
          />
          <Button variant="default" disabled={busy} onClick={() => run({ do: "join", to })}>
            Add to queue
          </Button>
          <Button variant="default" disabled={busy} onClick={() => run({ do: "leave", to })}>
            Remove from queue
          </Button>
        </Group>
      )}
      <BulkProfiles busy={busy} run={run} />
      <Group gap="xs" align="flex-end">
        <TextInput
          label="Capacity"
          type="number"
          min={0}
          max={1000}
          w={96}
          value={capacity}
          onChange={(e) => setCapacity(e.currentTarget.value)}
        />
        <Button variant="default" disabled={busy || capacity === ""} onClick={() => run({ do: "capacity", to: Number(capacity) })}>
          Set capacity
        </Button>
      </Group>
    </Group>
  );
}

function Outcomes({ list }: { list: Outcome[] }) {
  const failed = list.filter((o) => o.error).length;
  return (
    <Alert
      color={failed ? "yellow" : "green"}
      mt="sm"
      title={failed ? `${list.length - failed} changed, ${failed} not` : `${list.length} changed`}
    >
      <Table aria-label="Outcome" withRowBorders={false} verticalSpacing={2}>
        <Table.Tbody>
          {list.map((o) => (
            <Table.Tr key={o.id}>
              <Table.Td w={28}>
                {o.error ? (
                  <IconX size={16} aria-label="Not changed" role="img" />
                ) : (
                  <IconCheck size={16} aria-label="Changed" role="img" />
                )}
              </Table.Td>
              <Table.Td>{o.name}</Table.Td>
              <Table.Td>{o.error}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Alert>
  );
}
