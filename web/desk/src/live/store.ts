import { QueryClient } from "@tanstack/react-query";

import { Problem } from "../api/client";
import type { Conversation, Message, Note } from "../api/types";
import { cell } from "../state/state";
import { omit } from "../ui/localStore";
import { newerConversation, mergeMessages } from "./merge";

export const queryClient = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity, // events keep what was fetched up to date
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: "always",
      retry: (failures, error) => error instanceof Problem && error.retryable && failures < 4,
    },
    mutations: { networkMode: "always" },
  },
});

export type Conversations = Record<string, Conversation>;

export interface Thread {
  messages: Message[];
  hasOlder: boolean; // there are more before the first
}

export const queryKeys = {
  me: ["me"] as const,
  conversations: ["conversations"] as const,
  view: (view: string) => ["view", view] as const,
  views: ["view"] as const,
  thread: (id: string) => ["thread", id] as const,
  threads: ["thread"] as const,
  notes: (id: string) => ["notes", id] as const,
  detail: (id: string, what: string) => ["detail", id, what] as const, // sessions, decisions, limits of a conversation
  contact: (id: string) => ["contact", id] as const,
  campaigns: ["campaigns"] as const,
  campaign: (id: string) => ["campaign", id] as const,
  course: (id: string) => ["course", id] as const,
  supervised: ["live"] as const, // figures, lists and agents of supervisors
  triggers: ["triggers"] as const,
  trigger: (id: string) => ["trigger", id] as const,
};

queryClient.setQueryDefaults(queryKeys.conversations, { structuralSharing: false, gcTime: Infinity });
queryClient.setQueryDefaults(queryKeys.threads, { structuralSharing: false, gcTime: 10 * 60_000 });
queryClient.setQueryData<Conversations>(queryKeys.conversations, {});

export const knownConversations = (): Conversations => queryClient.getQueryData<Conversations>(queryKeys.conversations) ?? {};

/** storeConversations merges fetched conversations into the cache. */
export function storeConversations(...fetched: Conversation[]): void {
  if (fetched.length === 0) return;
  queryClient.setQueryData<Conversations>(queryKeys.conversations, (all = {}) => {
    const next = { ...all };
    for (const c of fetched) {
      next[c.id] = newerConversation(all[c.id], c);
      markFresh(c.id);
    }
    return next;
  });
}

// The generation in which each conversation was last heard of. One begins when something may have been missed;
// those of an earlier one are dropped once their list was read again.
const generations = cell("live.generations", () => ({ current: 0, of: new Map<string, number>() }));

/** markFresh records that a conversation is up to date. */
export function markFresh(id: string): void {
  const { current, of } = generations.get();
  of.set(id, current);
}

export function startGeneration(): void {
  const { current, of } = generations.get();
  generations.set({ current: current + 1, of });
}

/** dropStale drops conversations of a view that its list no longer has. */
export function dropStale(belongs: (c: Conversation) => boolean, keep: string | undefined): void {
  const { current, of } = generations.get();
  queryClient.setQueryData<Conversations>(queryKeys.conversations, (all = {}) => {
    const stale = Object.values(all).filter((c) => c.id !== keep && (of.get(c.id) ?? 0) < current && belongs(c));
    return stale.length === 0 ? all : omit(all, ...stale.map((c) => c.id));
  });
}

// Messages that events delivered while their thread was being fetched.
const earlyMessages = cell("live.earlyMessages", () => new Map<string, Message[]>());

/** storeMessages merges messages into a thread that is cached or being fetched. */
export function storeMessages(id: string, messages: Message[]): void {
  const data = queryClient.getQueryData<Thread>(queryKeys.thread(id));
  if (data) queryClient.setQueryData<Thread>(queryKeys.thread(id), { ...data, messages: mergeMessages(data.messages, messages) });
  if (queryClient.getQueryState(queryKeys.thread(id))?.fetchStatus !== "fetching") return;
  const early = earlyMessages.get();
  early.set(id, [...(early.get(id) ?? []), ...messages]);
}

/** mergeFetchedThread merges a thread's latest page with messages that arrived meanwhile. */
export function mergeFetchedThread(id: string, page: Message[], older: boolean): Thread {
  const meanwhile = earlyMessages.get().get(id) ?? [];
  earlyMessages.get().delete(id);
  const first = page[0]?.seq ?? 0;
  const shown = queryClient.getQueryData<Thread>(queryKeys.thread(id))?.messages ?? [];
  const after = [...shown, ...meanwhile].filter((m) => m.seq >= first);
  return { messages: mergeMessages(page, after), hasOlder: older };
}

/** storeNote adds a note to the cached list, or removes it if note is null. */
export function storeNote(conversation: string, id: string, note: Note | null): void {
  queryClient.setQueryData<Note[]>(queryKeys.notes(conversation), (list) => {
    if (!list) return list;
    const rest = list.filter((n) => n.id !== id);
    return note ? [...rest, note].sort((a, b) => a.created_at.localeCompare(b.created_at)) : rest;
  });
}
