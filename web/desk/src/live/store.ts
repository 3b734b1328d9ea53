import { QueryClient } from "@tanstack/react-query";

import { Problem } from "../api/client";
import type { Conversation, Message, Note } from "../api/types";
import { without } from "../ui/localStore";
import { newerConversation, withMessages } from "./merge";

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: Infinity, // events keep what was fetched up to date
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
      networkMode: "always",
      retry: (failures, error) => error instanceof Problem && error.again && failures < 4,
    },
    mutations: { networkMode: "always" },
  },
});

export type Known = Record<string, Conversation>;

export interface Thread {
  messages: Message[];
  older: boolean; // there are more before the first
}

export const keys = {
  me: ["me"] as const,
  known: ["conversations"] as const,
  view: (view: string) => ["view", view] as const,
  views: ["view"] as const,
  thread: (id: string) => ["thread", id] as const,
  threads: ["thread"] as const,
  notes: (id: string) => ["notes", id] as const,
  about: (id: string, what: string) => ["about", id, what] as const, // sessions, decisions, limits of a conversation
  contact: (id: string) => ["contact", id] as const,
  campaigns: ["campaigns"] as const,
  campaign: (id: string) => ["campaign", id] as const,
  course: (id: string) => ["course", id] as const,
  triggers: ["triggers"] as const,
  trigger: (id: string) => ["trigger", id] as const,
};

queries.setQueryDefaults(keys.known, { structuralSharing: false, gcTime: Infinity });
queries.setQueryDefaults(keys.threads, { structuralSharing: false, gcTime: 10 * 60_000 });
queries.setQueryData<Known>(keys.known, {});

export const known = (): Known => queries.getQueryData<Known>(keys.known) ?? {};

/** learn takes in conversations that were fetched. */
export function learn(...fetched: Conversation[]): void {
  if (fetched.length === 0) return;
  queries.setQueryData<Known>(keys.known, (all = {}) => {
    const next = { ...all };
    for (const c of fetched) {
      next[c.id] = newerConversation(all[c.id], c);
      generations.set(c.id, generation);
    }
    return next;
  });
}

// Which conversations were heard of since the last time that something may
// have been missed. The others are dropped once their list was read again.
let generation = 0;
const generations = new Map<string, number>();

export const touch = (id: string): unknown => generations.set(id, generation);
export const newGeneration = (): number => ++generation;

/** dropUnheard forgets those of a view that its list does not have any more. */
export function dropUnheard(belongs: (c: Conversation) => boolean, keep: string | undefined): void {
  queries.setQueryData<Known>(keys.known, (all = {}) => {
    const stale = Object.values(all).filter((c) => c.id !== keep && (generations.get(c.id) ?? 0) < generation && belongs(c));
    return stale.length === 0 ? all : without(all, ...stale.map((c) => c.id));
  });
}

// Messages and notes that events brought while their thread was being fetched.
const early = new Map<string, Message[]>();

/** addMessages puts messages into a thread that is shown or on its way. */
export function addMessages(id: string, messages: Message[]): void {
  const data = queries.getQueryData<Thread>(keys.thread(id));
  if (data) queries.setQueryData<Thread>(keys.thread(id), { ...data, messages: withMessages(data.messages, messages) });
  if (queries.getQueryState(keys.thread(id))?.fetchStatus === "fetching") early.set(id, [...(early.get(id) ?? []), ...messages]);
}

/** fetchedThread is a thread's last page with what came meanwhile. */
export function fetchedThread(id: string, page: Message[], older: boolean): Thread {
  const meanwhile = early.get(id) ?? [];
  early.delete(id);
  const first = page[0]?.seq ?? 0;
  const shown = queries.getQueryData<Thread>(keys.thread(id))?.messages ?? [];
  const after = [...shown, ...meanwhile].filter((m) => m.seq >= first);
  return { messages: withMessages(page, after), older };
}

/** addNote puts a note into a list that is shown, or takes it out. */
export function addNote(conversation: string, id: string, note: Note | null): void {
  queries.setQueryData<Note[]>(keys.notes(conversation), (list) => {
    if (!list) return list;
    const rest = list.filter((n) => n.id !== id);
    return note ? [...rest, note].sort((a, b) => a.created_at.localeCompare(b.created_at)) : rest;
  });
}
