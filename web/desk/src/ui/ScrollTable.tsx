import { Table } from "@mantine/core";
import type { ReactNode } from "react";

/** ScrollTable wraps a table that may be wider than the page, so that the keyboard can scroll it. */
export function ScrollTable({ label, minWidth, children }: { label: string; minWidth: number; children: ReactNode }) {
  return (
    <Table.ScrollContainer minWidth={minWidth} type="native" tabIndex={0} role="group" aria-label={`${label}, scrollable`}>
      {children}
    </Table.ScrollContainer>
  );
}
