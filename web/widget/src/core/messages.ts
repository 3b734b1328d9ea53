import type { Button, Message, Settings, Thread } from "../types.ts";

/** merge adds messages to a list: one of each id, the newest version, in the server's order. */
export function merge(list: Message[], more: Message[]): Message[] {
  const byID = new Map(list.map((m) => [m.id, m]));
  for (const m of more) byID.set(m.id, m);
  return [...byID.values()].sort((a, b) => a.seq - b.seq);
}

/** visible is what the visitor sees of a thread: in a live chat only the conversation at hand. */
export function visible(list: Message[], style: Settings["style"], conversation: string | null | undefined): Message[] {
  return list.filter((m) => m.type !== "started" && (style === "persistent" || m.conversation_id === conversation));
}

/** unread counts what others said after what was read. */
export function unread(list: Message[], readSeq: number): number {
  return list.filter((m) => m.from === "agent" && m.seq > readSeq).length;
}

/** buttons are those that may still be tapped: the last thing said offers them. */
export function buttons(list: Message[]): Button[] {
  const last = list.at(-1);
  return last && last.from !== "visitor" && !last.redacted ? (last.data?.buttons ?? []) : [];
}

/** receiptOf is how far a message of the visitor came. */
export function receiptOf(m: Message, thread: Thread | null): "sent" | "read" {
  return thread && m.seq <= thread.agent_read_seq ? "read" : "sent";
}
