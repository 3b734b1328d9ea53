import type { Button, Message, Settings, Thread } from "../types.ts";

/** merge adds messages to a list, the newest version of each, in order of seq. */
export function merge(list: Message[], more: Message[]): Message[] {
  const byID = new Map(list.map((m) => [m.id, m]));
  for (const m of more) byID.set(m.id, m);
  return [...byID.values()].sort((a, b) => a.seq - b.seq);
}

/** visible are the messages that the visitor sees: in a live chat only those of the current conversation. */
export function visible(list: Message[], style: Settings["style"], conversation: string | null | undefined): Message[] {
  return list.filter((m) => m.type !== "started" && (style === "persistent" || m.conversation_id === conversation));
}

/** unread counts the agents' messages after the last one read. */
export function unread(list: Message[], readSeq: number): number {
  return list.filter((m) => m.from === "agent" && m.seq > readSeq).length;
}

/** buttons are those of the last message, which can still be tapped. */
export function buttons(list: Message[]): Button[] {
  const last = list.at(-1);
  return last && last.from !== "visitor" && !last.redacted ? (last.data?.buttons ?? []) : [];
}

/** receiptOf is the status of a visitor's message. */
export function receiptOf(m: Message, thread: Thread | null): "sent" | "read" {
  return thread && m.seq <= thread.agent_read_seq ? "read" : "sent";
}
