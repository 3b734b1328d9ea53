import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { components } from "../../../shared/schema";
import { queryClient } from "../live/store";

type Schemas = components["schemas"];
export type Account = Schemas["Account"];
export type Address = Schemas["Address"];
export type Provider = Schemas["Provider"];
export type Agent = Schemas["Agent"];
export type Queue = Schemas["Queue"];
export type Member = Schemas["Member"];
export type Skill = Schemas["Skill"];
export type Workstream = Schemas["Workstream"];
export type Widget = Schemas["Widget"];
export type Hours = Schemas["OperatingHours"];

/** Page is a part of a list. */
export interface Page<T> {
  items: T[];
  next: string | null;
}

/** all reads every page of a list. */
export async function all<T>(read: (query: { limit: number; cursor?: string }) => Promise<Page<T>>): Promise<T[]> {
  const items: T[] = [];
  let cursor: string | null | undefined;
  do {
    const page: Page<T> = await read({ limit: 200, ...(cursor && { cursor }) });
    items.push(...page.items);
    cursor = page.next;
  } while (cursor);
  return items;
}

/** key is the query key of something in Setup. There are no events about these, so every visit reads them again. */
export const key = (...parts: string[]) => ["setup", ...parts] as const;

/** refresh reads again what is shown of something. */
export const refresh = (...parts: string[]): Promise<void> => queryClient.invalidateQueries({ queryKey: key(...parts) });

function useList<T>(name: string, read: (query: { limit: number; cursor?: string }) => Promise<Page<T>>) {
  return useQuery({ queryKey: key(name), staleTime: 0, queryFn: () => all(read) });
}

export const useAccounts = () => useList("accounts", (query) => answer(api.GET("/v1/accounts", { params: { query } })));
export const useQueues = () => useList("queues", (query) => answer(api.GET("/v1/queues", { params: { query } })));
export const useArchivedQueues = (enabled: boolean) =>
  useQuery({
    queryKey: key("queues", "archived"),
    staleTime: 0,
    enabled,
    queryFn: () => all((query) => answer(api.GET("/v1/queues", { params: { query: { ...query, archived: "true" } } }))),
  });
export const useArchivedWorkstreams = (enabled: boolean) =>
  useQuery({
    queryKey: key("workstreams", "archived"),
    staleTime: 0,
    enabled,
    queryFn: () => all((query) => answer(api.GET("/v1/workstreams", { params: { query: { ...query, archived: "true" } } }))),
  });
export const useSkills = () => useList("skills", (query) => answer(api.GET("/v1/skills", { params: { query } })));
export const useWorkstreams = () => useList("workstreams", (query) => answer(api.GET("/v1/workstreams", { params: { query } })));
export const useWidgets = () => useList("widgets", (query) => answer(api.GET("/v1/widgets", { params: { query } })));
export const useHoursList = () => useList("hours", (query) => answer(api.GET("/v1/operating-hours", { params: { query } })));

export const useProviders = () =>
  useQuery({ queryKey: key("providers"), queryFn: () => answer(api.GET("/v1/providers")), select: (p) => p.items });

export const useAddresses = (account: string) =>
  useQuery({
    queryKey: key("addresses", account),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/accounts/{id}/addresses", { params: { path: { id: account }, query } }))),
  });

/** options are things as choices of a select, by name. */
export const options = (items: { id: string; name: string }[] | undefined) =>
  (items ?? []).map(({ id, name }) => ({ value: id, label: name }));
