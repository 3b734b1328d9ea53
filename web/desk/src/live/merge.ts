import type { Conversation, Me, Message } from "../api/types";
import type { EventConversation } from "./events";

// Fetched data and events are merged here. A fetch may have been
// answered before an event and arrive after it, so the newer of two wins, by
// the server's versions and never by a clock.

const rank: Record<string, number> = { queued: 0, sending: 1, unknown: 2, sent: 3, failed: 4, delivered: 5, read: 6 };

/** newerMessage returns the newer of two versions of a message. */
export function newerMessage(a: Message, b: Message): Message {
  const gone = Number(Boolean(a.redacted_at)) - Number(Boolean(b.redacted_at));
  if (gone !== 0) return gone > 0 ? a : b;
  const edited = Date.parse(a.edited_at ?? "") - Date.parse(b.edited_at ?? "");
  if (Boolean(a.edited_at) !== Boolean(b.edited_at)) return a.edited_at ? a : b;
  if (edited !== 0 && !Number.isNaN(edited)) return edited > 0 ? a : b;
  if (a.seq !== b.seq) return a.seq > b.seq ? a : b; // one that came before it took its place
  const status = (rank[a.status ?? ""] ?? 0) - (rank[b.status ?? ""] ?? 0);
  if (status !== 0) return status > 0 ? a : b;
  const files = waiting(b) - waiting(a);
  return files > 0 ? a : b;
}

const waiting = (m: Message) => m.attachments.filter((f) => f.state === "pending").length;

/** mergeMessages merges messages into a thread, in order of seq. */
export function mergeMessages(list: readonly Message[], more: readonly Message[]): Message[] {
  const byId = new Map(list.map((m) => [m.id, m]));
  for (const m of more) {
    const known = byId.get(m.id);
    byId.set(m.id, known ? newerMessage(known, m) : m);
  }
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

/** newerConversation merges a fetched conversation with the cached one. */
export function newerConversation(known: Conversation | undefined, fetched: Conversation): Conversation {
  if (!known) return fetched;
  const base = fetched.version < known.version ? { ...fetched, ...stateOf(known) } : fetched;
  if (fetched.last_seq >= known.last_seq) return base;
  return {
    ...base,
    last_seq: known.last_seq,
    inbound_seq: known.inbound_seq,
    last_message: known.last_message,
    last_activity_at: known.last_activity_at,
    unanswered_since: known.unanswered_since,
  };
}

function stateOf(c: Conversation) {
  const { state, version, agent, queue, offer, waiting_since, parked_at, ended_at, closed_at, accepted_at, close_reason } = c;
  return { state, version, agent, queue, offer, waiting_since, parked_at, ended_at, closed_at, accepted_at, close_reason };
}

/** patchConversation applies an event to a conversation. */
export function patchConversation(c: Conversation, e: EventConversation, me: Me): Conversation {
  if (e.version < c.version) return c;
  return {
    ...c,
    state: e.state,
    version: e.version,
    priority: e.priority,
    waiting_since: e.waiting_since,
    last_activity_at: e.last_activity_at,
    last_seq: Math.max(c.last_seq, e.last_seq),
    agent: named(e.agent_id, c.agent, me.agent),
    queue: named(e.queue_id, c.queue, ...me.queues),
    offer: e.offer && { ...e.offer, agent_name: named(e.offer.agent_id, me.agent)?.name ?? "" },
  };
}

type Named = { id: string; name: string } | null;

function named(id: string | null, ...known: Named[]): Named {
  if (!id) return null;
  const found = known.find((n) => n?.id === id);
  return { id, name: found?.name ?? "" };
}

/** withLastMessage applies a new message to a conversation. */
export function withLastMessage(c: Conversation, m: Message): Conversation {
  if (m.seq < (c.last_message ? c.last_seq : 0)) return c;
  return {
    ...c,
    last_seq: Math.max(c.last_seq, m.seq),
    inbound_seq: m.direction === "in" ? Math.max(c.inbound_seq, m.seq) : c.inbound_seq,
    last_message: { type: m.type, direction: m.direction, text: m.text.slice(0, 200), at: m.created_at },
    unanswered_since: unansweredAfter(c.unanswered_since, m),
  };
}

/** unansweredAfter: customers wait from their first message until somebody answers; what colleagues and the system say is no answer. */
function unansweredAfter(since: string | null, m: Message): string | null {
  if (m.direction === "in" && m.type !== "reaction" && m.type !== "started") return since ?? m.created_at;
  return m.direction === "out" && !m.automated ? null : since;
}
