import { answer, api } from "../api/client";
import type { Conversation, Me } from "../api/types";
import { countUnread } from "../conversation/unread";
import { viewFor } from "../conversation/views";
import { batched } from "../state/timers";
import { omit } from "../ui/localStore";
import { messageOf, noteOf, type LiveEvent } from "./events";
import { patchConversation, withLastMessage } from "./merge";
import {
  storeMessages,
  storeNote,
  queryKeys,
  knownConversations,
  storeConversations,
  startGeneration,
  queryClient,
  markFresh,
  type Conversations,
} from "./store";
import { setCustomerTyping, clearCustomerTyping } from "./typing";

/** applyEvents applies events to the cache. */
export function applyEvents(events: LiveEvent[], me: Me): void {
  queryClient.setQueryData<Conversations>(queryKeys.conversations, (all = {}) => {
    const next = { ...all };
    for (const e of events) {
      const c = e.conversation && next[e.conversation.id];
      if (!c || !e.conversation) continue;
      const after = patchConversation(c, e.conversation, me);
      next[c.id] = e.kind === "message.created" && e.message ? withLastMessage(after, messageOf(e.message)) : after;
      markFresh(c.id);
    }
    return next;
  });
  for (const e of events) if (e.kind === "campaign.updated") refreshCampaignSoon(String(e.data["campaign_id"]));
  if (events.some((e) => e.kind === "message.created" && e.message?.direction === "in")) refreshTrafficSoon("in");
  if (events.some((e) => !still.includes(e.kind))) refreshSupervisedSoon("live");
  if (events.some((e) => e.kind === "queue.level")) void import("./levels").then((m) => m.announceLevels(events, me)); // seldom
  const threads = new Map<string, LiveEvent[]>();
  if (events.some((e) => concernsMe(e, me))) refreshMeSoon("me");
  for (const e of events) {
    if (e.conversation_id) threads.set(e.conversation_id, [...(threads.get(e.conversation_id) ?? []), e]);
  }
  for (const [id, list] of threads) applyToConversation(id, list, me);
}

/** concernsMe tells whether an event changes my presence or load. */
const concernsMe = (e: LiveEvent, me: Me): boolean =>
  e.agent_id !== null &&
  e.agent_id === me.agent?.id &&
  (e.kind === "agent.presence" || e.kind === "conversation.updated" || e.kind.startsWith("offer."));

function applyToConversation(id: string, events: LiveEvent[], me: Me): void {
  const messages = events.flatMap((e) => (e.message ? [messageOf(e.message)] : []));
  if (messages.length > 0) storeMessages(id, messages);
  for (const e of events) {
    if (e.note) storeNote(id, e.note.id, noteOf(e.note, id));
    if (e.kind === "customer.typing") setCustomerTyping(id);
    if (e.kind !== "message.created" || e.message?.direction !== "in") continue;
    countUnread(id, e.message.seq);
    clearCustomerTyping(id);
  }
  const consults = events.filter((e) => e.kind.startsWith("consult."));
  for (const e of consults) void queryClient.invalidateQueries({ queryKey: ["consult", e.data["participant_id"]] });
  const c = knownConversations()[id];
  if (consults.some((e) => e.kind !== "consult.message")) fetchSoon(id);
  else if (c ? needsRefetch(c, events, me) : mayBelong(events, me)) fetchSoon(id);
  if (events.some((e) => e.kind === "conversation.updated"))
    void queryClient.invalidateQueries({ queryKey: ["detail", id], refetchType: "active" });
}

// Events that do not change the conversation itself.
const unchanging: LiveEvent["kind"][] = ["message.updated", "note.created", "note.updated", "customer.typing", "consult.message"];

/** needsRefetch tells whether to fetch a conversation again: events leave out what few need, such as names and the reply window. */
function needsRefetch(c: Conversation, events: LiveEvent[], me: Me): boolean {
  const changed = events.some((e) => !unchanging.includes(e.kind));
  const near =
    c.agent?.id === me.agent?.id || c.offer?.agent_id === me.agent?.id || queryClient.getQueryState(queryKeys.thread(c.id)) !== undefined;
  return changed && near;
}

/** mayBelong tells whether a conversation that is not cached belongs to one of the views now. */
function mayBelong(events: LiveEvent[], me: Me): boolean {
  const e = events.at(-1)?.conversation;
  if (!e) return false;
  const mine = me.agent?.id;
  return viewFor({ state: e.state, agent: e.agent_id, offered: e.offer?.agent_id ?? null, queue: e.queue_id }, mine, me) !== null;
}

/** refreshCampaignSoon refetches campaigns, at most once a second. */
const refreshCampaignSoon = batched<string>("live.campaigns", 1000, (ids) => {
  for (const queryKey of [queryKeys.campaigns, ...ids.flatMap((c) => [queryKeys.campaign(c), ["ledger", c]])])
    void queryClient.invalidateQueries({ queryKey });
});

/** refreshTrafficSoon refetches what Setup shows of messages that arrive; nothing while it is not open. */
const refreshTrafficSoon = batched<"in">("live.traffic", 200, () => void queryClient.invalidateQueries({ queryKey: ["setup", "inbound"] }));

// Events after which all figures are as before.
const still: LiveEvent["kind"][] = ["message.updated", "note.created", "note.updated", "campaign.updated", "customer.typing"];

/** refreshSupervisedSoon refetches what is shown of the figures, lists and agents of Live; nothing while it is not open. */
const refreshSupervisedSoon = batched<"live">("live.supervised", 300, () => {
  if (queryClient.isFetching({ queryKey: queryKeys.supervised }))
    refreshSupervisedSoon("live"); // what it reads may be older
  else void queryClient.invalidateQueries({ queryKey: queryKeys.supervised });
});

/** refreshMeSoon refetches my presence and load. */
const refreshMeSoon = batched<"me">("live.me", 100, () => void queryClient.invalidateQueries({ queryKey: queryKeys.me }));

/** fetchSoon fetches a conversation once for a burst of events. */
export const fetchSoon = batched<string>("live.conversations", 60, (ids) => {
  for (const id of ids) void fetchConversation(id).catch(() => undefined); // the next event asks again
});

/** fetchConversation fetches a conversation into the cache, and drops it from there if it is gone. */
export async function fetchConversation(id: string): Promise<Conversation> {
  try {
    const c = await queryClient.fetchQuery({
      queryKey: ["reading", id],
      staleTime: 0,
      gcTime: 0,
      queryFn: () => answer(api.GET("/v1/conversations/{id}", { params: { path: { id } } })),
    });
    storeConversations(c);
    return c;
  } catch (error) {
    if ((error as { status?: number }).status === 404) dropConversation(id);
    throw error;
  }
}

function dropConversation(id: string): void {
  queryClient.setQueryData<Conversations>(queryKeys.conversations, (all = {}) => (id in all ? omit(all, id) : all));
}

/** resync refetches what is shown and drops the rest, since events may have been missed. */
export function resync(): void {
  startGeneration();
  for (const key of [
    queryKeys.views,
    queryKeys.threads,
    ["notes"],
    ["detail"],
    ["consult"],
    queryKeys.campaigns,
    ["campaign"],
    ["ledger"],
    queryKeys.supervised,
  ]) {
    queryClient.removeQueries({ queryKey: key, type: "inactive" });
    void queryClient.invalidateQueries({ queryKey: key, refetchType: "active" });
  }
  void queryClient.invalidateQueries({ queryKey: queryKeys.me });
  for (const thread of queryClient.getQueryCache().findAll({ queryKey: queryKeys.threads, type: "active" }))
    fetchSoon(thread.queryKey[1] as string);
}
