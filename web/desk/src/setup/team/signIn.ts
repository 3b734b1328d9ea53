import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { key } from "../lists";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type SignInState = Schemas["SignInState"];
export type MadeLink = Schemas["MadeLink"];
export type LinkKind = "invitation" | "reset";

const at = (id: string) => ({ params: { path: { id } } });

/** makeLink makes the link by which a person sets their own password, or has it sent to them. */
export const makeLink = (id: string, kind: LinkKind, byEmail: boolean): Promise<MadeLink> =>
  kind === "invitation"
    ? answer(api.POST("/v1/agents/{id}/invitation", { ...at(id), body: { by_email: byEmail } }))
    : answer(api.POST("/v1/agents/{id}/password-reset", { ...at(id), body: { by_email: byEmail } }));

export const useSignInState = (id: string) =>
  useQuery({ queryKey: key("sign-in", id), staleTime: 0, queryFn: () => answer(api.GET("/v1/agents/{id}/sign-in", at(id))) });

export const endSessions = (id: string): Promise<unknown> => answer(api.DELETE("/v1/agents/{id}/sessions", at(id)));
export const resetSecondFactor = (id: string): Promise<unknown> => answer(api.DELETE("/v1/agents/{id}/second-factor", at(id)));

/** useMailPossible tells whether links can be sent by e-mail. */
export const useMailPossible = (): boolean =>
  useQuery({ queryKey: ["sign-in-options"], queryFn: () => answer(api.GET("/v1/session")), staleTime: Infinity }).data
    ?.password_reset_by_email ?? false;

/** SignInRules are the settings as the page has them, in hours. */
export interface SignInRules {
  second_factor_roles: string[];
  idle_hours: number;
  session_hours: number;
}

const hour = 3600;

const rulesOf = ({ value, etag }: Versioned<Schemas["SignInSettings"]>): Versioned<SignInRules> => ({
  value: {
    second_factor_roles: value.second_factor_roles,
    idle_hours: value.idle_seconds / hour,
    session_hours: value.session_seconds / hour,
  },
  etag,
});

export const readRules = async (): Promise<Versioned<SignInRules>> => rulesOf(await versioned(api.GET("/v1/sign-in-settings")));

export async function changeRules(rules: Partial<SignInRules>, headers: Record<string, string>): Promise<Versioned<SignInRules>> {
  const body: NonNullable<Parameters<typeof patchRules>[0]> = {
    ...(rules.second_factor_roles && { second_factor_roles: rules.second_factor_roles as Schemas["Role"][] }),
    ...(rules.idle_hours != null && { idle_seconds: Math.round(rules.idle_hours * hour) }),
    ...(rules.session_hours != null && { session_seconds: Math.round(rules.session_hours * hour) }),
  };
  return rulesOf(await versioned(patchRules(body, headers)));
}

type RulesBody = Partial<Omit<Schemas["SignInSettings"], "updated_at">>;

const patchRules = (body: RulesBody, headers: Record<string, string>) => api.PATCH("/v1/sign-in-settings", { body, headers });
