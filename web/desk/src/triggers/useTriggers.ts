import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { components } from "../../../shared/schema";
import { queryKeys, queryClient } from "../live/store";

type Schemas = components["schemas"];
export type Trigger = Schemas["OutboundTrigger"];
export type TriggerInput = Schemas["OutboundTriggerInput"];
export type Fired = Schemas["TriggerFired"];

/** useTriggers loads all triggers, the oldest first. There are no events about them, so every visit refetches. */
export function useTriggers() {
  return useInfiniteQuery({
    queryKey: queryKeys.triggers,
    staleTime: 0,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answer(api.GET("/v1/outbound-triggers", { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
    getNextPageParam: (page) => page.next ?? undefined,
    select: (data) => data.pages.flatMap((p) => p.items),
  });
}

export function useTrigger(id: string) {
  return useQuery({
    queryKey: queryKeys.trigger(id),
    staleTime: 0,
    queryFn: () => answer(api.GET("/v1/outbound-triggers/{id}", { params: { path: { id } } })),
  });
}

export const createTrigger = (body: TriggerInput): Promise<Trigger> => answer(api.POST("/v1/outbound-triggers", { body }));

export const changeTrigger = (id: string, body: TriggerInput): Promise<Trigger> =>
  answer(api.PATCH("/v1/outbound-triggers/{id}", { params: { path: { id } }, body }));

export async function deleteTrigger(id: string): Promise<void> {
  await answer(api.DELETE("/v1/outbound-triggers/{id}", { params: { path: { id } } }));
  void queryClient.invalidateQueries({ queryKey: queryKeys.triggers });
}

/** storeTrigger stores a trigger from a response in the cache. */
export function storeTrigger(t: Trigger): void {
  queryClient.setQueryData(queryKeys.trigger(t.id), t);
  void queryClient.invalidateQueries({ queryKey: queryKeys.triggers });
}

export interface DryRunResult {
  version: number; // of the trigger that made this
  fired: Fired;
}

/** useDryRun runs a dry run with some data, or without it with the trigger's own. */
export function useDryRun(t: Trigger) {
  return useMutation({
    mutationFn: async (data: Record<string, unknown> | undefined): Promise<DryRunResult> => ({
      version: t.version,
      fired: await answer(
        api.POST("/v1/outbound-triggers/{id}/dry-run", { params: { path: { id: t.id } }, body: data === undefined ? {} : { data } }),
      ),
    }),
  });
}
