import { Table, Text } from "@mantine/core";

import { ScrollTable } from "../../ui/ScrollTable";
import type { Change } from "./audit";

interface Props {
  changes: Change[];
  label: string;
  before?: string;
  after?: string;
}

/** ChangeTable shows what differs, field by field. */
export function ChangeTable({ changes, label, before = "Before", after = "After" }: Props) {
  const compared = changes.some((c) => c.before !== undefined && c.after !== undefined);
  const one = compared ? null : changes.some((c) => c.after !== undefined) ? "after" : "before";
  return (
    <ScrollTable label={label} minWidth={compared ? 480 : 320}>
      <Table verticalSpacing={4} aria-label={label} layout="fixed">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Field</Table.Th>
            {one === null ? (
              <>
                <Table.Th>{before}</Table.Th>
                <Table.Th>{after}</Table.Th>
              </>
            ) : (
              <Table.Th>Value</Table.Th>
            )}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {changes.map((c) => (
            <Table.Tr key={c.field}>
              <Table.Td className="anywhere">{c.field}</Table.Td>
              {c.secret ? (
                <Table.Td colSpan={one === null ? 2 : 1}>
                  <Text size="sm" c="dimmed">
                    Changed; the value is secret
                  </Text>
                </Table.Td>
              ) : one === null ? (
                <>
                  <Table.Td className="anywhere">{c.before ?? "Nothing"}</Table.Td>
                  <Table.Td className="anywhere">{c.after ?? "Nothing"}</Table.Td>
                </>
              ) : (
                <Table.Td className="anywhere">{c[one]}</Table.Td>
              )}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}
