import { Text } from "@mantine/core";

import type { Conversation, Message } from "../api/types";
import { dayKey, formatDay } from "../ui/time";
import { Bubble } from "./Bubble";
import type { Entry } from "./entries";
import { NoteBubble } from "./NoteBubble";
import { OutboundBubble } from "./OutboundBubble";

/** Lines are the entries of a conversation, with the days. */
export function Lines({ lines, c, all }: { lines: Entry[]; c: Conversation; all: Message[] }) {
  return lines.map((line, i) => (
    <div key={line.key} className="line" data-line={line.key}>
      {dayKey(line.at) !== (i > 0 ? dayKey(lines[i - 1]?.at ?? "") : "") && (
        <Text size="xs" c="dimmed" className="day">
          {formatDay(line.at)}
        </Text>
      )}
      {"note" in line ? (
        <NoteBubble note={line.note} />
      ) : "outbound" in line ? (
        <OutboundBubble m={line.outbound} />
      ) : (
        <Bubble m={line.message} c={c} all={all} />
      )}
    </div>
  ));
}
