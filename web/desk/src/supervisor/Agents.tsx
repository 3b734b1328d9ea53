import { Group, Select, Table, Text, TextInput, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useMemo, useState } from "react";

import type { Presence } from "../api/types";
import { presences } from "../session/presences";
import { useWindow } from "../setup/useWindow";
import { ScrollTable } from "../ui/ScrollTable";
import { EmptyState, LoadError, SkeletonRows } from "../ui/States";
import { presenceOrder } from "./labels";
import { type Figure, type LiveAgent, useLiveAgents } from "./useLiveData";
import { Since } from "./Wallboard";

/** Agents shows everybody: whether they are there, since when, and what they have. */
export function Agents() {
  const agents = useLiveAgents();
  const [search, setSearch] = useState("");
  const [presence, setPresence] = useState<string | null>(null);
  const [queue, setQueue] = useState<string | null>(null);
  const list = useMemo(
    () => (agents.data ?? []).filter((a) => fits(a, search.trim().toLowerCase(), presence, queue)).sort(byPresence),
    [agents.data, search, presence, queue],
  );
  const queues = useMemo(() => {
    const names = new Map((agents.data ?? []).flatMap((a) => a.queues.map((q) => [q.id, q.name] as const)));
    return [...names].map(([value, label]) => ({ value, label })).sort((a, b) => a.label.localeCompare(b.label));
  }, [agents.data]);
  if (agents.isError && !agents.data)
    return <LoadError what="Could not load agents" error={agents.error} retry={() => void agents.refetch()} />;
  if (!agents.data) return <SkeletonRows n={8} h={44} />;
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          Agents
        </Title>
        <Text size="sm" c="dimmed" role="status">
          {list.length} of {agents.data.length}
        </Text>
      </Group>
      <div className="live-filters">
        <TextInput label="Name" value={search} onChange={(e) => setSearch(e.currentTarget.value)} maxLength={100} />
        <Select
          label="Presence"
          placeholder="Any"
          clearable
          clearButtonProps={{ "aria-label": "Any presence" }}
          value={presence}
          onChange={setPresence}
          data={presenceOrder.map((p) => ({ value: p, label: presences[p].label }))}
        />
        <Select
          label="Queue"
          placeholder="Any"
          clearable
          clearButtonProps={{ "aria-label": "Any queue" }}
          searchable
          value={queue}
          onChange={setQueue}
          data={queues}
        />
      </div>
      {list.length === 0 ? <EmptyState title="No agents match">Change the filters to see others.</EmptyState> : <AgentTable list={list} />}
    </>
  );
}

const fits = (a: LiveAgent, search: string, presence: string | null, queue: string | null): boolean =>
  a.name.toLowerCase().includes(search) && (!presence || a.presence === presence) && (!queue || a.queues.some((q) => q.id === queue));

const byPresence = (a: LiveAgent, b: LiveAgent): number =>
  presenceOrder.indexOf(a.presence) - presenceOrder.indexOf(b.presence) || a.name.localeCompare(b.name);

function AgentTable({ list }: { list: LiveAgent[] }) {
  const { list: table, rows, before, after } = useWindow<HTMLTableElement>(list.length, 41);
  const gap = (height: number) => height > 0 && <tr aria-hidden style={{ height }} />;
  return (
    <ScrollTable label="Agents" minWidth={860}>
      <Table ref={table} verticalSpacing="xs" highlightOnHover aria-label="Agents" aria-rowcount={list.length + 1}>
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Presence</Table.Th>
            <Table.Th ta="end">For</Table.Th>
            <Table.Th ta="end">Capacity used</Table.Th>
            <Table.Th ta="end">Active</Table.Th>
            <Table.Th ta="end">Awaiting reply</Table.Th>
            <Table.Th ta="end">Waiting for customer</Table.Th>
            <Table.Th ta="end">Wrap-up</Table.Th>
            <Table.Th>Queues</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {gap(before)}
          {rows.map((at) => {
            const a = list[at];
            return a && <AgentRow key={a.id} a={a} at={at} />;
          })}
          {gap(after)}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

function AgentRow({ a, at }: { a: LiveAgent; at: number }) {
  const p = presences[a.presence as Presence];
  return (
    <Table.Tr data-index={at} aria-rowindex={at + 2}>
      <Table.Th scope="row" className="clamp">
        <Link to="/live/conversations" search={{ agent_id: a.id }} className="name">
          {a.name}
        </Link>
      </Table.Th>
      <Table.Td>
        <Group gap={6} wrap="nowrap">
          <Text span c={p.color} aria-hidden>
            {p.sign}
          </Text>
          <span>
            {a.presence_text ?? p.label}
            {a.off_duty && " · off duty"}
          </span>
        </Group>
      </Table.Td>
      <Table.Td ta="end">
        <Since at={a.presence_since} />
      </Table.Td>
      <Table.Td ta="end" className="nowrap">
        {a.load} of {a.capacity}
      </Table.Td>
      {(["active", "unanswered", "parked", "wrap_up"] as const satisfies Figure[]).map((f) => (
        <Table.Td key={f} ta="end">
          <Link
            to="/live/conversations"
            search={{ agent_id: a.id, figure: f }}
            className="live-number"
            data-none={a[f] === 0 || undefined}
            aria-label={`${String(a[f])} of ${a.name}`}
          >
            {a[f]}
          </Link>
        </Table.Td>
      ))}
      <Table.Td className="clamp" maw={220}>
        <Text span size="xs" c="dimmed">
          {a.queues.map((q) => q.name).join(", ") || "None"}
        </Text>
      </Table.Td>
    </Table.Tr>
  );
}
