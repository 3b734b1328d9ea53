import { Group, Text } from "@mantine/core";

import type { Message, QuickButton } from "../api/types";

/** buttonsOf is what a message offers the customer to tap. */
export const buttonsOf = (m: Message): QuickButton[] => (m.data?.["buttons"] ?? []) as QuickButton[];

/** MessageButtons are the quick replies that a message offers to the customer. */
export function MessageButtons({ buttons }: { buttons: QuickButton[] }) {
  if (buttons.length === 0) return null;
  return (
    <Group gap={6} mt={6} role="list" aria-label="Reply buttons">
      {buttons.map((b) => (
        <Text key={b.value} size="xs" className="offered" role="listitem" dir="auto">
          {b.title}
        </Text>
      ))}
    </Group>
  );
}
