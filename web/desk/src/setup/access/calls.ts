import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key, refresh } from "../lists";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type Permission = Schemas["PermissionEntry"];
export type Token = Schemas["Token"];
export type CreatedToken = Schemas["CreatedToken"];
export type Role = Schemas["CustomRole"];
export type Access = Schemas["AgentAccess"];

const at = (id: string) => ({ params: { path: { id } } });

/** usePermissions are all permissions, and which of them whoever looks has. */
export const usePermissions = () =>
  useQuery({ queryKey: key("permissions"), queryFn: () => answer(api.GET("/v1/permissions")), select: (p) => p.items });

export const useTokens = () =>
  useQuery({
    queryKey: key("tokens"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/tokens", { params: { query } }))),
    select: (tokens) => [...tokens].reverse(), // the newest first
  });

export const useRoles = () =>
  useQuery({
    queryKey: key("roles"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/roles", { params: { query } }))),
  });

export async function createToken(body: Schemas["NewToken"]): Promise<CreatedToken> {
  const made = await answer(api.POST("/v1/tokens", { body }));
  await refresh("tokens");
  return made;
}

export async function revokeToken(id: string): Promise<void> {
  await answer(api.DELETE("/v1/tokens/{id}", at(id)));
  await refresh("tokens");
}

export const readRole = (id: string): Promise<Versioned<Role>> => versioned(api.GET("/v1/roles/{id}", at(id)));

/** saveRole adds a role, or changes the version that was seen. */
export async function saveRole(id: string, body: Schemas["NewRole"], headers: Record<string, string>): Promise<Role> {
  const kept = await answer(id === "new" ? api.POST("/v1/roles", { body }) : api.PATCH("/v1/roles/{id}", { ...at(id), body, headers }));
  await Promise.all([refresh("roles"), refresh("role", kept.id), refresh("agents")]);
  return kept;
}

export async function deleteRole(id: string): Promise<void> {
  await answer(api.DELETE("/v1/roles/{id}", at(id)));
  await refresh("roles");
}

export const readAccess = (id: string): Promise<Versioned<Access>> => versioned(api.GET("/v1/agents/{id}/access", at(id)));

export async function setAccess(
  id: string,
  body: Schemas["AgentAccessInput"],
  headers: Record<string, string>,
): Promise<Versioned<Access>> {
  const kept = await versioned(api.PUT("/v1/agents/{id}/access", { ...at(id), body, headers }));
  await Promise.all([refresh("agents"), refresh("agent", id)]);
  return kept;
}
