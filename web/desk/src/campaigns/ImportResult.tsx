import { List, Text } from "@mantine/core";

import type { Added } from "./types";
import { count } from "./labels";

const shown = 20;

/** Came is what came of adding recipients: how many, and what is wrong with which line. */
export function Came({ of, what }: { of: Added; what: "lines" | "contacts" }) {
  return (
    <>
      <Text size="sm" mt="xs">
        {count(of.added)} added of {count(of.rows)} {what}; {count(of.duplicates)} listed already, {count(of.refused)} cannot be used.
      </Text>
      {of.errors.length > 0 && (
        <List size="sm" mt={4} aria-label="Lines that cannot be used">
          {of.errors.slice(0, shown).map((e, i) => (
            <List.Item key={i}>
              {e.line > 0 ? `Line ${count(e.line)}: ` : "The rest of the file: "}
              {e.reason}
            </List.Item>
          ))}
        </List>
      )}
      {of.refused > shown && (
        <Text size="sm" c="dimmed">
          and {count(of.refused - shown)} more
        </Text>
      )}
    </>
  );
}
