import { Progress, Text } from "@mantine/core";
import { useEffect } from "react";

import type { Conversation } from "../api/types";
import { fetchSoon } from "../live/apply";
import { formatDuration, useNow } from "../ui/time";

/** useReplyWindow tells whether free text can be sent, and for how long. */
export function useReplyWindow(c: Conversation): { free: boolean; left: number | null } {
  const now = useNow();
  const closes = c.window.closes_at ? new Date(c.window.closes_at).getTime() : null;
  const over = closes !== null && now >= closes;
  useEffect(() => {
    if (over && c.window.open) fetchSoon(c.id); // the server knows what may be sent now
  }, [over, c.window.open, c.id]);
  const free = c.window.allowed.includes("text") || c.window.allowed.includes("human");
  return { free: free && !(over && c.window.open), left: closes === null ? null : Math.max(0, closes - now) };
}

const day = 24 * 3600_000;

/** ReplyWindowBar shows how long the reply window stays open. */
export function ReplyWindowBar({ c }: { c: Conversation }) {
  const { free, left } = useReplyWindow(c);
  if (!free) {
    return (
      <Text size="xs" fw={600} className="nowrap">
        Templates only
      </Text>
    );
  }
  if (left === null && c.window.remaining === null) return null;
  const few = left !== null && left < 3600_000;
  return (
    <div className="window">
      <Text size="xs" c={few ? "var(--late)" : "dimmed"} truncate>
        {left !== null && `Window closes in ${formatDuration(left)}`}
        {c.window.remaining !== null && ` · ${c.window.remaining} replies left`}
      </Text>
      {left !== null && (
        <Progress
          value={Math.min(100, (100 * left) / day)}
          size={4}
          w={56}
          color={few ? "orange" : undefined}
          aria-label="Time left in the reply window"
        />
      )}
    </div>
  );
}
