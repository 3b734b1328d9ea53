import { answer, api } from "../api/client";
import type { Conversation, Me } from "../api/types";
import { belongs } from "../conversation/views";
import { countUnread } from "../conversation/unread";
import { customerTypes, customerWrote } from "./typing";
import { without } from "../ui/localStore";
import { messageOf, noteOf, type LiveEvent } from "./events";
import { patched, withLast } from "./merge";
import { addMessages, addNote, keys, known, learn, newGeneration, queries, touch, type Known } from "./store";

/** apply carries events over into what was fetched. */
export function apply(events: LiveEvent[], me: Me): void {
  queries.setQueryData<Known>(keys.known, (all = {}) => {
    const next = { ...all };
    for (const e of events) {
      const c = e.conversation && next[e.conversation.id];
      if (!c || !e.conversation) continue;
      const after = patched(c, e.conversation, me);
      next[c.id] = e.kind === "message.created" && e.message ? withLast(after, messageOf(e.message)) : after;
      touch(c.id);
    }
    return next;
  });
  for (const e of events) if (e.kind === "campaign.updated") campaignSoon(String(e.data["campaign_id"]));
  const threads = new Map<string, LiveEvent[]>();
  if (events.some((e) => meChanged(e, me))) meSoon();
  for (const e of events) {
    if (e.conversation_id) threads.set(e.conversation_id, [...(threads.get(e.conversation_id) ?? []), e]);
  }
  for (const [id, list] of threads) applyToConversation(id, list, me);
}

/** meChanged: my presence, or how much I have. */
const meChanged = (e: LiveEvent, me: Me): boolean =>
  e.agent_id !== null &&
  e.agent_id === me.agent?.id &&
  (e.kind === "agent.presence" || e.kind === "conversation.updated" || e.kind.startsWith("offer."));

function applyToConversation(id: string, events: LiveEvent[], me: Me): void {
  const messages = events.flatMap((e) => (e.message ? [messageOf(e.message)] : []));
  if (messages.length > 0) addMessages(id, messages);
  for (const e of events) {
    if (e.note) addNote(id, e.note.id, noteOf(e.note, id));
    if (e.kind === "customer.typing") customerTypes(id);
    if (e.kind !== "message.created" || e.message?.direction !== "in") continue;
    countUnread(id, e.message.seq);
    customerWrote(id);
  }
  const c = known()[id];
  if (c ? needsReading(c, events, me) : mayBelong(events, me)) readSoon(id);
  if (events.some((e) => e.kind === "conversation.updated"))
    void queries.invalidateQueries({ queryKey: ["about", id], refetchType: "active" });
}

// Kinds after which a conversation itself is as it was.
const unchanging: LiveEvent["kind"][] = ["message.updated", "note.created", "note.updated", "customer.typing"];

/** needsReading: events leave out what only few need, such as names and the reply window. */
function needsReading(c: Conversation, events: LiveEvent[], me: Me): boolean {
  const changed = events.some((e) => !unchanging.includes(e.kind));
  const near = c.agent?.id === me.agent?.id || c.offer?.agent_id === me.agent?.id || queries.getQueryState(keys.thread(c.id)) !== undefined;
  return changed && near;
}

/** mayBelong reports whether a conversation that was not heard of is in one of the lists now. */
function mayBelong(events: LiveEvent[], me: Me): boolean {
  const e = events.at(-1)?.conversation;
  if (!e) return false;
  const mine = me.agent?.id;
  return belongs.place({ state: e.state, agent: e.agent_id, offered: e.offer?.agent_id ?? null, queue: e.queue_id }, mine, me) !== null;
}

const campaigns = new Set<string>();
let campaignTimer: ReturnType<typeof setTimeout> | undefined;

/** campaignSoon reads what is shown of campaigns again, at most once a second. */
function campaignSoon(id: string): void {
  campaigns.add(id);
  campaignTimer ??= setTimeout(() => {
    campaignTimer = undefined;
    const ids = [...campaigns];
    campaigns.clear();
    for (const queryKey of [keys.campaigns, ...ids.flatMap((c) => [keys.campaign(c), ["ledger", c]])])
      void queries.invalidateQueries({ queryKey });
  }, 1000);
}

let meTimer: ReturnType<typeof setTimeout> | undefined;

function meSoon(): void {
  meTimer ??= setTimeout(() => {
    meTimer = undefined;
    void queries.invalidateQueries({ queryKey: keys.me });
  }, 100);
}

const wanted = new Set<string>();
let timer: ReturnType<typeof setTimeout> | undefined;

/** readSoon fetches a conversation, once for all that happens to it in a moment. */
export function readSoon(id: string): void {
  wanted.add(id);
  timer ??= setTimeout(() => {
    timer = undefined;
    const ids = [...wanted];
    wanted.clear();
    for (const next of ids) void read(next).catch(() => undefined); // the next event asks again
  }, 60);
}

/** read fetches a conversation and takes it in; one that is not ours to see any more is forgotten. */
export async function read(id: string): Promise<Conversation> {
  try {
    const c = await queries.fetchQuery({
      queryKey: ["reading", id],
      staleTime: 0,
      gcTime: 0,
      queryFn: () => answer(api.GET("/v1/conversations/{id}", { params: { path: { id } } })),
    });
    learn(c);
    return c;
  } catch (error) {
    if ((error as { status?: number }).status === 404) forget(id);
    throw error;
  }
}

function forget(id: string): void {
  queries.setQueryData<Known>(keys.known, (all = {}) => (id in all ? without(all, id) : all));
}

/** resync reads again what is shown, and drops what is not: something may have been missed. */
export function resync(): void {
  newGeneration();
  for (const key of [keys.views, keys.threads, ["notes"], ["about"], keys.campaigns, ["campaign"], ["ledger"]]) {
    queries.removeQueries({ queryKey: key, type: "inactive" });
    void queries.invalidateQueries({ queryKey: key, refetchType: "active" });
  }
  void queries.invalidateQueries({ queryKey: keys.me });
  for (const thread of queries.getQueryCache().findAll({ queryKey: keys.threads, type: "active" })) readSoon(thread.queryKey[1] as string);
}
