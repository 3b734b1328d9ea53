import { Button, Group, NativeSelect, Stack, Table, Text, TextInput } from "@mantine/core";
import { IconHistory } from "@tabler/icons-react";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { ScrollTable } from "../../ui/ScrollTable";
import { EmptyState, LoadError, SkeletonRows } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { key, options, useAgents } from "../lists";
import { PageHead } from "../PageHead";
import { actions, objectName, objects, pageOf, whatChanged } from "./audit";
import { useTokens } from "./calls";

type Entry = components["schemas"]["AuditEntry"];

interface Filter {
  who: string; // "agent:id", "token:id" or ""
  object: string;
  action: string;
  from: string; // days, as inputs of dates have them
  until: string;
}

const none: Filter = { who: "", object: "", action: "", from: "", until: "" };
const startOf = (day: string, later = 0) => {
  const at = new Date(`${day}T00:00:00`);
  at.setDate(at.getDate() + later);
  return at.toISOString();
};

function useAudit(f: Filter) {
  const [kind, id] = f.who.split(":");
  const query = {
    limit: 50,
    ...(f.object && { object_type: f.object as (typeof objects)[number] }),
    ...(f.action && { action: f.action }),
    ...(kind === "agent" && { agent_id: id }),
    ...(kind === "token" && { token_id: id }),
    ...(f.from && { from: startOf(f.from) }),
    ...(f.until && { before: startOf(f.until, 1) }),
  };
  return useInfiniteQuery({
    queryKey: key("audit", JSON.stringify(query)),
    queryFn: ({ pageParam }) => answer(api.GET("/v1/audit", { params: { query: { ...query, ...(pageParam && { cursor: pageParam }) } } })),
    initialPageParam: "",
    getNextPageParam: (page) => page.next,
    placeholderData: keepPreviousData,
    staleTime: 0,
  });
}

/** AuditPage shows who changed what, and when. */
export function AuditPage() {
  const [filter, setFilter] = useState(none);
  const log = useAudit(filter);
  const entries = log.data?.pages.flatMap((p) => p.items);
  return (
    <>
      <PageHead title="Audit log" operation="listAudit">
        Who changed what, and when: the newest first. Exports are in it too, and everybody who opens this page.
      </PageHead>
      <Filters filter={filter} set={(part) => setFilter((before) => ({ ...before, ...part }))} />
      {log.error && !entries && <LoadError what="Could not load the audit log" error={log.error} retry={() => void log.refetch()} />}
      {!entries && !log.error && <SkeletonRows n={8} h={36} />}
      {entries?.length === 0 && (
        <EmptyState icon={<IconHistory size={36} stroke={1.4} aria-hidden />} title="Nothing matches">
          Change the filters to see more.
        </EmptyState>
      )}
      {entries && entries.length > 0 && <Entries entries={entries} />}
      {log.hasNextPage && (
        <Group mt="md">
          <Button variant="default" loading={log.isFetchingNextPage} onClick={() => void log.fetchNextPage()}>
            Show older entries
          </Button>
        </Group>
      )}
    </>
  );
}

function Filters({ filter, set }: { filter: Filter; set: (part: Partial<Filter>) => void }) {
  const agents = options(useAgents().data).map((o) => ({ ...o, value: `agent:${o.value}` }));
  const tokens = options(useTokens().data).map((o) => ({ value: `token:${o.value}`, label: `Token ${o.label}` }));
  const any = (label: string) => ({ value: "", label });
  return (
    <Group gap="sm" my="sm" align="flex-end" role="search" aria-label="Filter the audit log">
      <NativeSelect
        label="Who"
        data={[any("Anybody"), ...agents, ...tokens]}
        value={filter.who}
        onChange={(e) => set({ who: e.currentTarget.value })}
      />
      <NativeSelect
        label="Object"
        data={[any("Everything"), ...objects.map((o) => ({ value: o, label: objectName(o) }))]}
        value={filter.object}
        onChange={(e) => set({ object: e.currentTarget.value })}
      />
      <NativeSelect
        label="Action"
        data={[any("Every action"), ...actions.map((a) => ({ value: a, label: objectName(a) }))]}
        value={filter.action}
        onChange={(e) => set({ action: e.currentTarget.value })}
      />
      <TextInput type="date" label="From" value={filter.from} onChange={(e) => set({ from: e.currentTarget.value })} />
      <TextInput type="date" label="Until" value={filter.until} onChange={(e) => set({ until: e.currentTarget.value })} />
      <Button variant="default" onClick={() => set(none)}>
        Clear
      </Button>
    </Group>
  );
}

function Entries({ entries }: { entries: Entry[] }) {
  return (
    <ScrollTable label="Audit log" minWidth={720}>
      <Table verticalSpacing="sm" highlightOnHover aria-label="Audit log">
        <Table.Thead>
          <Table.Tr>
            {["When", "Who", "Action", "Object", "Changes"].map((label) => (
              <Table.Th key={label} className="setup-th">
                {label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {entries.map((e) => (
            <Table.Tr key={e.id}>
              <Table.Td className="nowrap">{formatDateTime(e.at)}</Table.Td>
              <Table.Td className="setup-cell">
                <Who entry={e} />
              </Table.Td>
              <Table.Td>{objectName(e.action)}</Table.Td>
              <Table.Td className="setup-cell">
                <What entry={e} />
              </Table.Td>
              <Table.Td className="setup-cell">
                <Stack gap={2}>
                  {whatChanged(e.changes).map((line) => (
                    <Text key={line} size="xs">
                      {line}
                    </Text>
                  ))}
                </Stack>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

function Who({ entry }: { entry: Entry }) {
  const token = entry.token_id && (entry.token_name || "A deleted token");
  if (entry.agent_id)
    return (
      <>
        <Link to="/setup/people/$id" params={{ id: entry.agent_id }} className="name">
          {entry.agent_name || "Somebody who was removed"}
        </Link>
        {token && (
          <Text size="xs" c="dimmed">
            With the token {token}
          </Text>
        )}
      </>
    );
  return <>{token ? `Token ${token}` : "Switchboard"}</>;
}

function What({ entry }: { entry: Entry }) {
  const to = entry.action === "delete" ? undefined : pageOf(entry.object_type);
  const name = objectName(entry.object_type);
  if (!to) return <>{name}</>;
  return (
    <Link to={to} params={{ id: entry.object_id }} className="setup-inline">
      {name}
    </Link>
  );
}
