import { List, Text } from "@mantine/core";

import { formatCount } from "./labels";
import type { RecipientsAdded } from "./types";

const shown = 20;

/** ImportResult says how many recipients were added, and which lines are invalid. */
export function ImportResult({ of, what }: { of: RecipientsAdded; what: "lines" | "contacts" }) {
  return (
    <>
      <Text size="sm" mt="xs">
        {formatCount(of.added)} of {formatCount(of.rows)} {what} added. Duplicates: {formatCount(of.duplicates)}. Invalid:{" "}
        {formatCount(of.refused)}.
      </Text>
      {of.errors.length > 0 && (
        <List size="sm" mt={4} aria-label="Invalid lines">
          {of.errors.slice(0, shown).map((e, i) => (
            <List.Item key={i}>
              {e.line > 0 ? `Line ${formatCount(e.line)}: ` : "The rest of the file: "}
              {e.reason}
            </List.Item>
          ))}
        </List>
      )}
      {of.refused > shown && (
        <Text size="sm" c="dimmed">
          and {formatCount(of.refused - shown)} more
        </Text>
      )}
    </>
  );
}
