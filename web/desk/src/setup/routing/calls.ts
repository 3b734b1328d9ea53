import { useQuery } from "@tanstack/react-query";

import { answer, api, Problem } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key, useAccounts, useSkills } from "../lists";
import { ifMatch, versioned, type Versioned } from "../versioned";
import type { Known } from "./attributes";
import { modelOf, type Draft } from "./model";

type Schemas = components["schemas"];
export type RoutingRules = Schemas["RoutingRules"];
export type Simulated = Schemas["Simulated"];
export type Compared = Schemas["RoutingCompared"];
export type Facts = Schemas["RoutingFacts"];

const at = (id: string) => ({ params: { path: { id } } });

export const readRouting = (id: string): Promise<Versioned<RoutingRules>> =>
  versioned(api.GET("/v1/workstreams/{id}/routing-rules", at(id)));

export const saveRouting = (id: string, draft: Draft, etag: string | null): Promise<Versioned<RoutingRules>> =>
  versioned(api.PUT("/v1/workstreams/{id}/routing-rules", { ...at(id), body: { rules: modelOf(draft) }, headers: ifMatch(etag) }));

export const simulate = (id: string, body: Schemas["Simulation"]): Promise<Simulated> =>
  answer(api.POST("/v1/workstreams/{id}/simulate", { ...at(id), body }));

export const compare = (id: string, body: Schemas["RoutingComparison"]): Promise<Compared> =>
  answer(api.POST("/v1/workstreams/{id}/routing-rules/compare", { ...at(id), body }));

const useVariables = (workstream: string) =>
  useQuery({
    queryKey: key("variables", workstream),
    staleTime: 0,
    queryFn: () =>
      all((query) => answer(api.GET("/v1/workstreams/{id}/context-variables", { params: { path: { id: workstream }, query } }))),
  });

export const useProfiles = () =>
  useQuery({
    queryKey: key("capacity-profiles"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/capacity-profiles", { params: { query } }))),
  });

/** useKnownNames are what rules of a workstream can name, once all is there. */
export function useKnownNames(workstream: string): Known | undefined {
  const variables = useVariables(workstream).data;
  const skills = useSkills().data;
  const profiles = useProfiles().data;
  const accounts = useAccounts().data;
  if (!variables || !skills || !profiles || !accounts) return undefined;
  return { variables, skills, profiles, accounts: accounts.filter((a) => a.workstream_id === workstream) };
}

/** Mistakes are what the API found wrong with rules, by field: route.rules.0.when. */
export type Mistakes = Record<string, string>;

/** mistakesOf are those of a refused save. */
export function mistakesOf(error: unknown): Mistakes {
  if (!(error instanceof Problem)) return {};
  const out: Mistakes = {};
  for (const m of error.document?.mistakes ?? []) {
    const place = m.line && m.line > 1 ? `Line ${m.line}, column ${m.column ?? 1}: ` : m.column ? `Column ${m.column}: ` : "";
    out[m.field.replace(/^rules\./, "")] = place + m.reason;
  }
  return out;
}

/** under are the mistakes below a path, by what follows it. */
export function under(mistakes: Mistakes, path: string): Mistakes {
  const entries = Object.entries(mistakes).filter(([field]) => field.startsWith(`${path}.`));
  return Object.fromEntries(entries.map(([field, reason]) => [field.slice(path.length + 1), reason]));
}
