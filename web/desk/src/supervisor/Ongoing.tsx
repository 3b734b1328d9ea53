import { Button, Checkbox, Group, Select, Table, Text, TextInput, Title, UnstyledButton } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { IconMessages } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { ChannelIcon } from "../conversation/ChannelIcon";
import { channelName } from "../conversation/labels";
import { useMe } from "../session/session";
import { notifyError } from "../ui/notify";
import { ScrollTable } from "../ui/ScrollTable";
import { EmptyState, LoadError, SkeletonRows } from "../ui/States";
import { formatShort } from "../ui/time";
import { BulkBar } from "./BulkBar";
import { customerOf, figureLabels, figures, orders, standing } from "./labels";
import {
  type Figure,
  type Filter,
  type LiveConversation,
  mostSelected,
  type Order,
  readAll,
  useBoard,
  useLiveAgents,
  useOngoing,
} from "./useLiveData";
import { Since } from "./Wallboard";

const Watch = lazy(() => import("./Watch").then((m) => ({ default: m.Watch })));

type Search = Filter & { open?: string };

/** Ongoing lists everybody's ongoing conversations, to look into them and to steer them. */
export function Ongoing() {
  const { open, ...filter } = useSearch({ strict: false }) as Search;
  const go = useNavigate();
  const list = useOngoing(filter);
  const [selected, setSelected] = useState<ReadonlyMap<string, LiveConversation>>(new Map());
  const look = (id?: string) => void go({ to: "/live/conversations", search: { ...filter, ...(id && { open: id }) } });
  const change = (part: Filter) => {
    setSelected(new Map());
    void go({ to: "/live/conversations", search: tidy({ ...filter, ...part }), replace: true });
  };
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          Ongoing conversations
        </Title>
        <Text size="sm" c="dimmed" role="status">
          {list.data && (list.data.total === 1 ? "1 conversation" : `${String(list.data.total)} conversations`)}
        </Text>
      </Group>
      <Filters filter={filter} change={change} />
      {list.isError && !list.data && <LoadError what="Could not load conversations" error={list.error} retry={() => void list.refetch()} />}
      {list.isPending && <SkeletonRows n={8} h={44} />}
      {list.data?.items.length === 0 && (
        <EmptyState icon={<IconMessages size={36} stroke={1.4} aria-hidden />} title="No conversations">
          Conversations that are not closed and match the filters appear here.
        </EmptyState>
      )}
      {list.data && list.data.items.length > 0 && (
        <Rows items={list.data.items} total={list.data.total} filter={filter} selected={selected} select={setSelected} look={look} />
      )}
      {list.hasNextPage && (
        <Button variant="default" mt="sm" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
          Load more
        </Button>
      )}
      <BulkBar selected={[...selected.values()]} clear={() => setSelected(new Map())} />
      <Suspense>{open && <Watch key={open} id={open} close={() => look()} />}</Suspense>
    </>
  );
}

/** tidy leaves out what is not given, so that it is not in the address. */
const tidy = (f: Filter): Filter => Object.fromEntries(Object.entries(f).filter(([, v]) => v !== undefined && v !== "")) as Filter;

function Filters({ filter, change }: { filter: Filter; change: (part: Filter) => void }) {
  const queues = useBoard("queue").data?.rows ?? [];
  const channels = useBoard("channel").data?.rows ?? [];
  const agents = useLiveAgents().data ?? [];
  const [q, setQ] = useState(filter.q ?? "");
  const search = useDebouncedCallback((to: string) => change({ q: to.trim() }), 250);
  const select = (label: string, value: string | undefined, data: { value: string; label: string }[], to: (v: string) => Filter) => (
    <Select
      label={label}
      placeholder="Any"
      clearable
      clearButtonProps={{ "aria-label": `Any ${label.toLowerCase()}` }}
      searchable
      value={value ?? null}
      onChange={(v) => change(to(v ?? ""))}
      data={data}
    />
  );
  return (
    <div className="live-filters">
      {select(
        "Status",
        filter.figure,
        figures.map((f) => ({ value: f, label: figureLabels[f] })),
        (v) => ({ figure: v as Figure }),
      )}
      {select(
        "Queue",
        filter.queue_id,
        queues.map((r) => ({ value: r.id ?? "none", label: r.name ?? "No queue yet" })),
        (v) => ({ queue_id: v }),
      )}
      {select(
        "Agent",
        filter.agent_id,
        agents.map((a) => ({ value: a.id, label: a.name })),
        (v) => ({ agent_id: v }),
      )}
      {select(
        "Channel",
        filter.channel,
        channels.map((r) => ({ value: r.name ?? "", label: channelName(r.name ?? "") })),
        (v) => ({ channel: v }),
      )}
      <TextInput
        label="Customer"
        value={q}
        maxLength={100}
        onChange={(e) => {
          setQ(e.currentTarget.value);
          search(e.currentTarget.value);
        }}
      />
      <Select
        label="Sort by"
        allowDeselect={false}
        value={filter.order ?? "wait"}
        onChange={(v) => change({ order: v === "wait" ? undefined : (v as Order) })}
        data={orders}
      />
    </div>
  );
}

interface RowsProps {
  items: LiveConversation[];
  total: number;
  filter: Filter;
  selected: ReadonlyMap<string, LiveConversation>;
  select: (to: ReadonlyMap<string, LiveConversation>) => void;
  look: (id: string) => void;
}

function Rows({ items, total, filter, selected, select, look }: RowsProps) {
  const steers = useMe().permissions.includes("conversations:supervise");
  const [reading, setReading] = useState(false);
  const selectAll = async () => {
    setReading(true);
    try {
      const all = await readAll(filter);
      select(new Map(all.map((c) => [c.id, c])));
    } catch (error) {
      notifyError("Could not select all conversations", error);
    } finally {
      setReading(false);
    }
  };
  const toggle = (c: LiveConversation) => {
    const next = new Map(selected);
    if (!next.delete(c.id)) next.set(c.id, c);
    select(next);
  };
  return (
    <>
      {steers && selected.size > 0 && selected.size < total && (
        <Button size="xs" variant="subtle" loading={reading} onClick={() => void selectAll()}>
          {total > mostSelected ? `Select the first ${String(mostSelected)}` : `Select all ${String(total)}`}
        </Button>
      )}
      <ScrollTable label="Ongoing conversations" minWidth={980}>
        <Table verticalSpacing="xs" highlightOnHover aria-label="Ongoing conversations">
          <Table.Thead>
            <Table.Tr>
              {steers && (
                <Table.Th w={36}>
                  <span className="hidden">Select</span>
                </Table.Th>
              )}
              <Table.Th>Customer</Table.Th>
              <Table.Th>Status</Table.Th>
              <Table.Th ta="end">Waiting for</Table.Th>
              <Table.Th>Queue</Table.Th>
              <Table.Th>Agent</Table.Th>
              <Table.Th>Also there</Table.Th>
              <Table.Th ta="end">Last activity</Table.Th>
              <Table.Th ta="end">Started</Table.Th>
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {items.map((c) => (
              <Row key={c.id} c={c} chosen={selected.has(c.id)} toggle={steers ? () => toggle(c) : undefined} look={() => look(c.id)} />
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
    </>
  );
}

function Row({ c, chosen, toggle, look }: { c: LiveConversation; chosen: boolean; toggle?: () => void; look: () => void }) {
  const since = c.state === "open" ? c.waiting_since : c.unanswered_since;
  return (
    <Table.Tr data-selected={chosen || undefined}>
      {toggle && (
        <Table.Td>
          <Checkbox checked={chosen} onChange={toggle} aria-label={`Select ${customerOf(c)}`} />
        </Table.Td>
      )}
      <Table.Th scope="row" maw={220}>
        <Group gap={6} wrap="nowrap">
          <ChannelIcon channel={c.channel} size={14} />
          <UnstyledButton className="live-row" fz="sm" onClick={look}>
            <bdi>{customerOf(c)}</bdi>
          </UnstyledButton>
        </Group>
      </Table.Th>
      <Table.Td>{standing(c)}</Table.Td>
      <Table.Td ta="end">
        <Since at={since} />
      </Table.Td>
      <Table.Td className="clamp">{c.queue?.name ?? "–"}</Table.Td>
      <Table.Td className="clamp">{c.agent?.name ?? "–"}</Table.Td>
      <Table.Td className="clamp">{c.participants.map((p) => p.agent_name).join(", ") || "–"}</Table.Td>
      <Table.Td ta="end" className="nowrap">
        {formatShort(c.last_activity_at)}
      </Table.Td>
      <Table.Td ta="end" className="nowrap">
        {formatShort(c.created_at)}
      </Table.Td>
    </Table.Tr>
  );
}
