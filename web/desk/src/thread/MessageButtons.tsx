import { Group, Text } from "@mantine/core";

import type { Message, QuickButton } from "../api/types";

/** offeredBy is what a message offers the customer to tap. */
export const offeredBy = (m: Message): QuickButton[] => (m.data?.["buttons"] ?? []) as QuickButton[];

/** Offered are the quick replies that a message offers to the customer. */
export function Offered({ buttons }: { buttons: QuickButton[] }) {
  if (buttons.length === 0) return null;
  return (
    <Group gap={6} mt={6} role="list" aria-label="Quick replies for the customer">
      {buttons.map((b) => (
        <Text key={b.value} size="xs" className="offered" role="listitem" dir="auto">
          {b.title}
        </Text>
      ))}
    </Group>
  );
}
