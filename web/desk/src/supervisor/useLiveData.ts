import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import type { components } from "../../../shared/schema";
import { answer, api } from "../api/client";
import { all } from "../setup/lists";

type Schemas = components["schemas"];
export type LiveBoard = Schemas["LiveBoard"];
export type LiveRow = LiveBoard["rows"][number];
export type LiveFigures = Schemas["LiveFigures"];
export type LiveConversation = Schemas["LiveConversation"];
export type LiveAgent = Schemas["LiveAgent"];
export type Definition = Schemas["FigureDefinition"];
export type Figure = Exclude<keyof LiveFigures, "longest_waiting_since">;
export type Order = "wait" | "newest" | "oldest" | "idle";
export type By = LiveBoard["by"];

/** Filter is what of the list of conversations is wanted, as it is in the page's address. */
export interface Filter {
  figure?: Figure;
  queue_id?: string; // "none": no queue yet
  agent_id?: string;
  workstream_id?: string;
  channel?: string;
  q?: string;
  order?: Order;
}

// Events refetch what is shown. This is for what no event tells, such as the end of a shift.
const refetchInterval = 15_000;

/** useBoard counts the ongoing conversations by queue, workstream or channel. */
export const useBoard = (by: By) =>
  useQuery({
    queryKey: ["live", "figures", by],
    staleTime: 0,
    refetchInterval,
    placeholderData: keepPreviousData,
    queryFn: () => answer(api.GET("/v1/live/figures", { params: { query: { by } } })),
  });

/** useOngoing lists the ongoing conversations that a filter leaves. */
export const useOngoing = (filter: Filter) =>
  useInfiniteQuery({
    queryKey: ["live", "conversations", filter],
    staleTime: 0,
    refetchInterval,
    placeholderData: keepPreviousData,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answer(api.GET("/v1/live/conversations", { params: { query: { ...filter, limit: 100, ...(pageParam && { cursor: pageParam }) } } })),
    getNextPageParam: (page) => page.next ?? undefined,
    select: (data) => ({ items: data.pages.flatMap((p) => p.items), total: data.pages.at(-1)?.total ?? 0 }),
  });

/** mostSelected is how many conversations can be changed at once. */
export const mostSelected = 10_000;

/** readAll reads the whole list, up to mostSelected. */
export async function readAll(filter: Filter): Promise<LiveConversation[]> {
  const list: LiveConversation[] = [];
  let cursor: string | undefined;
  do {
    const query = { ...filter, limit: 200, ...(cursor && { cursor }) };
    const page = await answer(api.GET("/v1/live/conversations", { params: { query } }));
    list.push(...page.items);
    cursor = page.next ?? undefined;
  } while (cursor && list.length < mostSelected);
  return list.slice(0, mostSelected);
}

/** useLiveAgents lists all agents with what they have. */
export const useLiveAgents = () =>
  useQuery({
    queryKey: ["live", "agents"],
    staleTime: 0,
    refetchInterval,
    queryFn: () => all((query) => answer(api.GET("/v1/live/agents", { params: { query } }))),
  });

/** useDefinitions are what the figures mean. */
export const useDefinitions = () => useQuery({ queryKey: ["figure-definitions"], queryFn: () => answer(api.GET("/v1/reports/figures")) });
