import { Group, Text } from "@mantine/core";

import type { Message, QuickButton } from "../api/types";

/** buttonsOf returns the reply buttons of a message. */
export const buttonsOf = (m: Message): QuickButton[] => (m.data?.["buttons"] ?? []) as QuickButton[];

/** MessageButtons show the reply buttons of a message. */
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
