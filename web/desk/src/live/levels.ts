import { answer, api } from "../api/client";
import type { Me } from "../api/types";
import { notify } from "../ui/notify";
import { formatDuration } from "../ui/time";
import type { LiveEvent } from "./events";

const colors: Record<string, string> = { red: "red", amber: "yellow", normal: "green" };

/** announceLevels tells a supervisor of queues that crossed a threshold, or came back. */
export function announceLevels(events: LiveEvent[], me: Me): void {
  if (document.visibilityState !== "visible" || !me.permissions.includes("live:read")) return;
  const last = new Map(events.flatMap((e) => (e.kind === "queue.level" && e.queue_id ? [[e.queue_id, e] as const] : [])));
  if (last.size > 0) void announce(last);
}

/** announce names the queues; an event has only their ids. */
async function announce(last: ReadonlyMap<string, LiveEvent>): Promise<void> {
  const board = await answer(api.GET("/v1/live/figures", { params: { query: { by: "queue" } } })).catch(() => undefined);
  for (const row of board?.rows ?? []) {
    const e = row.id === null ? undefined : last.get(row.id);
    if (!e) continue;
    const { level, waiting, longest_wait } = e.data as { level: string; waiting: number; longest_wait: number };
    const wait = waiting > 0 ? `, the longest for ${formatDuration(longest_wait * 1000)}` : "";
    const name = row.name ?? "";
    notify(level === "normal" ? `${name} is back to normal.` : `${name} is ${level}: ${String(waiting)} waiting${wait}.`, colors[level]);
  }
}
