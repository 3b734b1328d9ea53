import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key, refresh } from "../lists";
import { versioned } from "../versioned";

export type IdentityProvider = components["schemas"]["IdentityProvider"];
export type ScimGroup = components["schemas"]["ScimGroup"];
type New = components["schemas"]["NewIdentityProvider"];
type Change = components["schemas"]["IdentityProviderChange"];

export const useIdentityProviders = () =>
  useQuery({
    queryKey: key("identity-providers"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/identity-providers", { params: { query } }))),
  });

export const readProvider = (id: string) => versioned(api.GET("/v1/identity-providers/{id}", { params: { path: { id } } }));

export const createProvider = (body: New) => answer(api.POST("/v1/identity-providers", { body }));

export const changeProvider = (id: string, body: Change, headers: Record<string, string>) =>
  versioned(api.PATCH("/v1/identity-providers/{id}", { params: { path: { id } }, body, headers }));

export const deleteProvider = (id: string) => answer(api.DELETE("/v1/identity-providers/{id}", { params: { path: { id } } }));

export const testProvider = (id: string) => answer(api.POST("/v1/identity-providers/{id}/test", { params: { path: { id } } }));

export const useScimGroups = () =>
  useQuery({
    queryKey: key("scim-groups"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/scim-groups", { params: { query } }))),
  });

/** setGroupRole sets the role that a group gives: a built-in one by its name, another by its id, "" for none. */
export async function setGroupRole(id: string, role: string): Promise<void> {
  const builtIn = role === "agent" || role === "supervisor" || role === "administrator";
  await answer(api.PATCH("/v1/scim-groups/{id}", { params: { path: { id } }, body: builtIn ? { role } : { role_id: role || null } }));
  await Promise.all([refresh("scim-groups"), refresh("agents"), refresh("access")]);
}
