import type { Message, Note, OutboundMessage } from "../api/types";
import { orderAlbums } from "./albums";

/** Entry is what stands in a thread at its time. */
export type Entry = { at: string; key: string } & ({ message: Message } | { note: Note } | { outbound: OutboundMessage });

/**
 * entriesOf puts notes and outbound messages among the messages, at their times. What is older than the first
 * message waits until older messages are loaded.
 */
export function entriesOf(messages: Message[], notes: Note[], outbound: OutboundMessage[], hasOlder: boolean): Entry[] {
  const entries: Entry[] = orderAlbums(messages).map((message) => ({ at: message.created_at, key: message.id, message }));
  const first = entries[0]?.at ?? "";
  const beside: Entry[] = [
    ...notes.map((note) => ({ at: note.created_at, key: note.id, note })),
    ...outbound.map((m) => ({ at: m.at, key: m.id, outbound: m })),
  ]
    .filter((e) => !hasOlder || e.at >= first)
    .sort((a, b) => Date.parse(a.at) - Date.parse(b.at));
  if (beside.length === 0) return entries; // by seq as they are: clocks may disagree
  const out: Entry[] = [];
  let n = 0;
  for (const line of entries) {
    const at = Date.parse(line.at);
    for (let next = beside[n]; next && Date.parse(next.at) < at; next = beside[++n]) out.push(next);
    out.push(line);
  }
  return [...out, ...beside.slice(n)];
}
