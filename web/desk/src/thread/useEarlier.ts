import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { answer, api } from "../api/client";
import type { Conversation, OutboundMessage } from "../api/types";
import { mergeMessages } from "../live/merge";
import { queryClient, queryKeys, type Thread } from "../live/store";
import { messagesBefore } from "./useThread";

/** Part is a page of an earlier conversation, whose messages are in the thread's cache; without one it is another team's. */
export interface Part {
  key: string;
  c: Conversation | null;
}

/** Place says what is read next: more of a conversation, one of a page of the list, or the next page. */
interface Place {
  listed: (Conversation | null)[];
  cursor: string | null;
  within?: { c: Conversation; before: number };
  n: number;
}

const start: Place = { listed: [], cursor: null, n: 0 };

/** useEarlier loads what the customer wrote before a conversation, a page at a time and the latest first. */
export function useEarlier({ id, customer }: Conversation, enabled: boolean) {
  const list = useInfiniteQuery({
    queryKey: ["earlier", id, customer.contact_id],
    enabled,
    initialPageParam: start,
    queryFn: ({ pageParam }) => readPart(id, pageParam),
    getNextPageParam: (page) => page.next,
  });
  const pages = list.data?.pages;
  const segments = useMemo(() => segmentsOf(pages?.flatMap((p) => (p.part ? [p.part] : [])) ?? []), [pages]);
  return { list, segments };
}

/** segmentsOf groups pages by conversation, the oldest first. */
export function segmentsOf(parts: Part[]): Part[][] {
  const segments: Part[][] = [];
  for (const part of parts) {
    const last = segments[0];
    if (part.c && last?.[0]?.c?.id === part.c.id) last.unshift(part);
    else segments.unshift([part]);
  }
  return segments;
}

async function readPart(id: string, place: Place): Promise<{ part: Part | null; next?: Place }> {
  if (place.within) return readMessages(place, place.within);
  let { listed, cursor } = place;
  if (listed.length === 0) {
    const query = { limit: 20, ...(cursor && { cursor }) };
    const page = await answer(api.GET("/v1/conversations/{id}/earlier", { params: { path: { id }, query } }));
    listed = page.items.map((e) => e.conversation);
    cursor = page.next;
  }
  const [c, ...rest] = listed;
  if (c === undefined) return { part: null };
  const after: Place = { listed: rest, cursor, n: place.n + 1 };
  const next = rest.length > 0 || cursor ? after : undefined;
  if (c?.state !== "closed") return { part: { key: String(place.n), c }, next };
  return readMessages(after, { c, before: Number.MAX_SAFE_INTEGER });
}

/** readMessages reads a page of messages into the cache, which events keep up to date. */
async function readMessages(place: Place, { c, before }: NonNullable<Place["within"]>): Promise<{ part: Part; next?: Place }> {
  const got = await messagesBefore(c.id, before);
  const first = got.items[0];
  queryClient.setQueryData<Thread>(queryKeys.thread(c.id), (t) => ({
    messages: mergeMessages(t?.messages ?? [], got.items),
    hasOlder: t && (t.messages[0]?.seq ?? Infinity) < (first?.seq ?? 0) ? t.hasOlder : got.next !== null,
  }));
  const part = { key: `${c.id}-${String(before)}`, c };
  const rest: Place = { listed: place.listed, cursor: place.cursor, n: place.n };
  if (got.next !== null && first) return { part, next: { ...rest, within: { c, before: first.seq } } };
  return { part, next: rest.listed.length > 0 || rest.cursor ? rest : undefined };
}

/** useThreadOutbound loads what campaigns, requests and triggers sent to the customer since a time, the latest first. */
export function useThreadOutbound({ id, customer }: Conversation, enabled: boolean) {
  const list = useInfiniteQuery({
    queryKey: ["thread-outbound", id, customer.contact_id],
    enabled,
    staleTime: 30_000,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/conversations/{id}/outbound-messages", {
          params: { path: { id }, query: { limit: 100, ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
  });
  const pages = list.data?.pages;
  const messages = useMemo<OutboundMessage[]>(() => pages?.flatMap((p) => p.items) ?? [], [pages]);
  return { list, messages };
}
