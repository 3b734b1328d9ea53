import { Table, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { type ReactNode, useDeferredValue, useState } from "react";

import { ScrollTable } from "../ui/ScrollTable";
import { LoadError, SkeletonRows } from "../ui/States";
import { useWindow } from "./useWindow";

export interface Column<T> {
  label: string;
  hidden?: boolean; // the label is for assistive technology only
  show: (item: T) => ReactNode;
}

interface Query<T> {
  data: T[] | undefined;
  error: Error | null;
  isPending: boolean;
  refetch: () => unknown;
}

interface Props<T> {
  label: string; // "Queues"
  query: Query<T>;
  columns: Column<T>[];
  textOf: (item: T) => string; // in which the search looks
  empty: ReactNode;
}

const searchFrom = 8; // rows; fewer are seen at once

/** ListOf is a list of Setup: loading, failed, empty, or a table with a search. */
export function ListOf<T extends { id: string }>({ label, query, columns, textOf, empty }: Props<T>) {
  const [search, setSearch] = useState("");
  const wanted = useDeferredValue(search.trim().toLowerCase());
  if (query.error && !query.data)
    return <LoadError what={`Could not load ${label.toLowerCase()}`} error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <SkeletonRows n={5} h={44} />;
  if (query.data.length === 0) return empty;
  const found = query.data.filter((item) => textOf(item).toLowerCase().includes(wanted));
  return (
    <>
      {query.data.length >= searchFrom && <SearchBox label={label} value={search} onChange={setSearch} />}
      <Rows label={label} columns={columns} items={found} />
      <p role="status" className={found.length === 0 ? "none-found" : "hidden"}>
        {found.length === 0 ? `Nothing matches “${search}”.` : wanted && `${found.length} found`}
      </p>
    </>
  );
}

/** SearchBox is where one looks in a list for something. */
export function SearchBox({ label, value, onChange }: { label: string; value: string; onChange: (to: string) => void }) {
  return (
    <TextInput
      aria-label={`Search ${label.toLowerCase()}`}
      placeholder="Search"
      leftSection={<IconSearch size={16} aria-hidden />}
      maw={320}
      my="sm"
      value={value}
      onChange={(e) => onChange(e.currentTarget.value)}
    />
  );
}

const rowHeight = 53;

/** Rows is the table. Of a long one only the rows near what one sees are rendered. */
export function Rows<T extends { id: string }>({ label, columns, items }: { label: string; columns: Column<T>[]; items: T[] }) {
  const { list, rows, before, after } = useWindow<HTMLTableElement>(items.length, rowHeight);
  const gap = (height: number) =>
    height > 0 && (
      <tr aria-hidden>
        <td colSpan={columns.length} style={{ height, padding: 0 }} />
      </tr>
    );
  return (
    <ScrollTable label={label} minWidth={640}>
      <Table ref={list} verticalSpacing="sm" highlightOnHover aria-label={label} aria-rowcount={items.length + 1}>
        <Table.Thead>
          <Table.Tr>
            {columns.map((c) => (
              <Table.Th key={c.label} className="setup-th">
                {c.hidden ? <span className="hidden">{c.label}</span> : c.label}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {gap(before)}
          {rows.map((at) => {
            const item = items[at];
            return (
              item && (
                <Table.Tr key={item.id} data-index={at} aria-rowindex={at + 2}>
                  {columns.map((c) => (
                    <Table.Td key={c.label} className={c.hidden ? undefined : "setup-cell"}>
                      {c.show(item)}
                    </Table.Td>
                  ))}
                </Table.Tr>
              )
            );
          })}
          {gap(after)}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}
