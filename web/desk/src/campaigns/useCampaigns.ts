import { useInfiniteQuery, useMutation, useQuery } from "@tanstack/react-query";

import { newID } from "../../../shared/uuid";
import { answer, api, Problem } from "../api/client";
import { queryKeys, queryClient } from "../live/store";
import { notifyError } from "../ui/notify";
import { isComplete } from "./chartData";
import type { RecipientsAdded, Campaign, CampaignChange, NewCampaign, CampaignAction } from "./types";

/** useCampaigns loads all campaigns, the newest first. */
export function useCampaigns() {
  return useInfiniteQuery({
    queryKey: queryKeys.campaigns,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answer(api.GET("/v1/campaigns", { params: { query: { limit: 50, ...(pageParam && { cursor: pageParam }) } } })),
    getNextPageParam: (page) => page.next ?? undefined,
    select: (data) => data.pages.flatMap((p) => p.items),
  });
}

/** useCampaign loads one campaign; its events refresh it. */
export function useCampaign(id: string) {
  return useQuery({ queryKey: queryKeys.campaign(id), queryFn: () => answer(api.GET("/v1/campaigns/{id}", { params: { path: { id } } })) });
}

/** useTimeline loads deliveries over time, and refetches until all that are counted are in it, less often for large campaigns. */
export function useTimeline(c: Campaign) {
  return useQuery({
    queryKey: queryKeys.course(c.id),
    staleTime: 0,
    refetchInterval: (query) => (query.state.data && isComplete(query.state.data, c) ? false : Math.min(120_000, 3_000 + c.total / 10)),
    queryFn: () => answer(api.GET("/v1/campaigns/{id}/send-timeline", { params: { path: { id: c.id } } })),
  });
}

export function useConfigurations() {
  return useQuery({
    queryKey: ["configurations"],
    staleTime: 60_000,
    queryFn: () => answer(api.GET("/v1/outbound-configurations", { params: { query: { limit: 200 } } })),
    select: (p) => p.items,
  });
}

/** useTemplates loads the templates of a channel. */
export function useTemplates(channel: string | undefined) {
  return useQuery({
    queryKey: ["templates", channel],
    enabled: channel !== undefined,
    staleTime: 60_000,
    queryFn: () => answer(api.GET("/v1/templates", { params: { query: { limit: 200, ...(channel && { channel }) } } })),
    select: (p) => p.items,
  });
}

export const changeCampaign = (id: string, body: CampaignChange): Promise<Campaign> =>
  answer(api.PATCH("/v1/campaigns/{id}", { params: { path: { id } }, body }));

/** deleteCampaign deletes a draft. */
export async function deleteCampaign(id: string): Promise<void> {
  await answer(api.DELETE("/v1/campaigns/{id}", { params: { path: { id } } }));
  queryClient.removeQueries({ queryKey: queryKeys.campaign(id) });
  void queryClient.invalidateQueries({ queryKey: queryKeys.campaigns });
}

export const createCampaign = (body: NewCampaign): Promise<Campaign> => answer(api.POST("/v1/campaigns", { body }));

/** useCampaignAction starts, pauses, resumes, cancels or reschedules a campaign, or changes its rate. */
export function useCampaignAction(id: string) {
  return useMutation({
    mutationFn: (what: CampaignAction) => runAction(id, what),
    onSuccess: (c) => {
      queryClient.setQueryData(queryKeys.campaign(id), c);
      refreshCampaign(id);
    },
    onError: (error) => notifyError("Could not update the campaign", error),
  });
}

function runAction(id: string, what: CampaignAction): Promise<Campaign> {
  const path = { id };
  const params = { path, header: { "Idempotency-Key": newID() } };
  switch (what.do) {
    case "start":
      return answer(api.POST("/v1/campaigns/{id}/start", { params: { path }, body: what.at ? { start_at: what.at } : {} }));
    case "pause":
      return answer(api.POST("/v1/campaigns/{id}/pause", { params }));
    case "resume":
      return answer(api.POST("/v1/campaigns/{id}/resume", { params }));
    case "cancel":
      return answer(api.POST("/v1/campaigns/{id}/cancel", { params }));
    case "rate":
      return changeCampaign(id, { rate: what.rate });
    case "move":
      return changeCampaign(id, { start_at: what.at });
  }
}

/** refreshCampaign refetches what is shown of a campaign. */
export function refreshCampaign(id: string): void {
  for (const queryKey of [queryKeys.campaign(id), queryKeys.campaigns, ["ledger", id], ["campaign-preview", id]])
    void queryClient.invalidateQueries({ queryKey });
}

/** uploadRecipients uploads a CSV file as it is; the server reports invalid lines. */
export async function uploadRecipients(id: string, file: File, agreed: boolean): Promise<RecipientsAdded> {
  let got: Response;
  try {
    got = await fetch(`/v1/campaigns/${id}/recipients${agreed ? "?optin=true" : ""}`, {
      method: "POST",
      headers: { "Content-Type": "text/csv" },
      body: file,
    });
  } catch {
    throw new Problem(0);
  }
  if (!got.ok) throw new Problem(got.status, await got.json().catch(() => undefined));
  return (await got.json()) as RecipientsAdded;
}
