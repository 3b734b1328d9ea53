import { Anchor, Button, Group, NativeSelect, Stack, Table, Text, TextInput, UnstyledButton } from "@mantine/core";
import { IconChevronDown, IconChevronRight, IconHistory } from "@tabler/icons-react";
import { lazy, Suspense, useState, type ReactNode } from "react";

import { ScrollTable } from "../../ui/ScrollTable";
import { EmptyState, LoadError, SkeletonRows } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { PageHead } from "../PageHead";
import {
  actionGroups,
  actionName,
  changesOf,
  exportAddress,
  matches,
  nothingWanted,
  objectName,
  objectOf,
  objects,
  useAudit,
  useNames,
  whoOf,
  type Entry,
  type Wanted,
} from "./audit";
import { ChangeTable } from "./ChangeTable";
import { Restore } from "./Restore";

// It brings a list with a search, and the log itself comes first.
const PersonSelect = lazy(() => import("../team/PersonSelect").then((m) => ({ default: m.PersonSelect })));

/** AuditPage shows who changed what, and restores what was there before. */
export function AuditPage() {
  const [wanted, setWanted] = useState(nothingWanted);
  const audit = useAudit(wanted);
  const read = audit.data?.pages.flatMap((p) => p.items);
  const names = useNames(read);
  const found = read?.filter((e) => matches(e, wanted));
  const oldest = read?.at(-1);
  const download = exportAddress(wanted);
  const enough = oldest && wanted.from && Date.parse(oldest.at) < Date.parse(wanted.from);
  return (
    <>
      <PageHead title="Audit log" operation="listAudit">
        Who changed what, with the values before and after. Secrets and what customers wrote are never in it.
      </PageHead>
      <Filters wanted={wanted} set={setWanted} />
      {download && (
        <Anchor href={download} download size="sm" underline="always">
          Download as CSV
        </Anchor>
      )}
      {audit.isPending && <SkeletonRows n={6} h={44} />}
      {audit.isError && !read && <LoadError what="Could not load the audit log" error={audit.error} retry={() => void audit.refetch()} />}
      {found && found.length > 0 && <EntryTable list={found} names={names} wanted={wanted} set={setWanted} />}
      {found?.length === 0 && (
        <EmptyState
          icon={<IconHistory size={36} stroke={1.4} aria-hidden />}
          title={audit.hasNextPage ? "Nothing found so far" : "Nothing found"}
        >
          {wanted === nothingWanted ? "Changes of the setup appear here." : "Choose other filters, or look further back."}
        </EmptyState>
      )}
      {audit.hasNextPage && oldest && !enough && (
        <Group gap="sm" mt="sm">
          <Button variant="default" loading={audit.isFetchingNextPage} onClick={() => void audit.fetchNextPage()}>
            Look further back
          </Button>
          <Text size="sm" c="dimmed" role="status">
            Searched back to {formatDateTime(oldest.at)}.
          </Text>
        </Group>
      )}
    </>
  );
}

const others = [
  { value: "", label: "Anybody" },
  { value: "token", label: "An API token" },
  { value: "system", label: "The system" },
];

function Filters({ wanted, set }: { wanted: Wanted; set: (w: Wanted) => void }) {
  const field = (name: keyof Wanted) => ({
    value: wanted[name],
    onChange: (e: { currentTarget: { value: string } }) => set({ ...wanted, [name]: e.currentTarget.value }),
  });
  const types = Object.entries(objects).map(([value, label]) => ({ value, label }));
  return (
    <Group gap="sm" align="flex-end" my="md" role="search" aria-label="Audit log">
      <Suspense>
        <PersonSelect label="Who" first={others} value={wanted.who} onChange={(who) => set({ ...wanted, who })} />
      </Suspense>
      <NativeSelect label="Object" data={[{ value: "", label: "All objects" }, ...types]} {...field("type")} />
      <NativeSelect label="Action" data={[{ value: "", label: "All actions" }, ...actionGroups]} {...field("action")} />
      <TextInput label="From" type="datetime-local" {...field("from")} />
      <TextInput label="Until" type="datetime-local" {...field("until")} />
      {wanted !== nothingWanted && (
        <Button variant="default" onClick={() => set(nothingWanted)}>
          {wanted.object ? "Show everything" : "Clear filters"}
        </Button>
      )}
    </Group>
  );
}

interface TableProps {
  list: Entry[];
  names: Record<string, string>;
  wanted: Wanted;
  set: (w: Wanted) => void;
}

function EntryTable({ list, names, wanted, set }: TableProps) {
  const [open, setOpen] = useState<number | null>(null);
  return (
    <ScrollTable label="Audit log" minWidth={640}>
      <Table verticalSpacing="xs" aria-label="Audit log">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>What</Table.Th>
            <Table.Th w={180}>Who</Table.Th>
            <Table.Th w={180}>When</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((e) => (
            <EntryRows key={e.id} entry={e} names={names} open={open === e.id} toggle={() => setOpen(open === e.id ? null : e.id)}>
              {!wanted.object && (
                <Button size="compact-sm" variant="default" onClick={() => set({ ...wanted, type: e.object_type, object: e.object_id })}>
                  All changes of this {objectName(e.object_type).toLowerCase()}
                </Button>
              )}
            </EntryRows>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

interface RowProps {
  entry: Entry;
  names: Record<string, string>;
  open: boolean;
  toggle: () => void;
  children: ReactNode;
}

function EntryRows({ entry, names, open, toggle, children }: RowProps) {
  const Chevron = open ? IconChevronDown : IconChevronRight;
  const changes = open ? changesOf(entry, names) : [];
  const name = objectOf(entry, names);
  return (
    <>
      <Table.Tr>
        <Table.Td className="anywhere">
          <UnstyledButton onClick={toggle} aria-expanded={open}>
            <Group gap={6} wrap="nowrap" align="flex-start">
              <Chevron size={16} aria-hidden style={{ flex: "none", marginTop: 2 }} />
              <Text size="sm">
                {actionName(entry.action)} {objectName(entry.object_type).toLowerCase()} {name && <b>{name}</b>}
              </Text>
            </Group>
          </UnstyledButton>
        </Table.Td>
        <Table.Td>
          {entry.agent_name || { token: "An API token", system: "The system" }[whoOf(entry)] || "Somebody who was deleted"}
        </Table.Td>
        <Table.Td>{formatDateTime(entry.at)}</Table.Td>
      </Table.Tr>
      {open && (
        <Table.Tr>
          <Table.Td colSpan={3}>
            <Stack gap="xs" ps={22} pb="sm">
              {changes.length > 0 ? (
                <ChangeTable changes={changes} label={`Changes of ${name || objectName(entry.object_type).toLowerCase()}`} />
              ) : (
                <Text size="sm">Nothing more is kept of it.</Text>
              )}
              <Group gap="sm">
                <Restore entry={entry} names={names} />
                {children}
              </Group>
            </Stack>
          </Table.Td>
        </Table.Tr>
      )}
    </>
  );
}
