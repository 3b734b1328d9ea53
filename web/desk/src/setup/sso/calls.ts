import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key } from "../lists";
import { versioned } from "../versioned";

export type IdentityProvider = components["schemas"]["IdentityProvider"];
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
