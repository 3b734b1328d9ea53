import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";

import { answer, api, Problem } from "../api/client";
import type { Me } from "../api/types";
import { queryKeys, queryClient } from "../live/store";

/** useSession returns who is signed in, or null. */
export function useSession() {
  return useQuery({
    queryKey: queryKeys.me,
    queryFn: async (): Promise<Me | null> => {
      try {
        return await answer(api.GET("/v1/me"));
      } catch (error) {
        if (error instanceof Problem && error.status === 401) return null;
        throw error;
      }
    },
  });
}

export const MeContext = createContext<Me | null>(null);

/** useMe returns who is signed in, on pages that require it. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("nobody is signed in");
  return me;
}

/** Credentials are what one signs in with; code is that of the authenticator app, or a recovery code. */
export interface Credentials {
  email: string;
  password: string;
  code?: string;
}

/** openSession signs in: the server sets the cookie. */
export const openSession = (who: Credentials): Promise<unknown> => answer(api.POST("/v1/session", { body: who }));

export async function signIn(who: Credentials): Promise<void> {
  await openSession(who);
  await rereadMe();
}

export const rereadMe = (): Promise<void> => queryClient.invalidateQueries({ queryKey: queryKeys.me });

/** asksForCode tells whether only the code of the authenticator app is missing, or was wrong. */
export const asksForCode = (error: unknown): boolean =>
  error instanceof Problem && (error.code === "second_factor_required" || error.code === "bad_code");

/** fieldErrors are the reasons of a refusal by the name of the field. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries((error.document?.errors ?? []).map((e) => [e.field, e.reason]));
}

/** minPassword is how many characters the server wants. */
export const minPassword = 10;

export const passwordHelp = `At least ${String(minPassword)} characters. A few words that do not belong together are easy to remember and hard to guess.`;

/** signInKey is the query key of how and where I am signed in. */
export const signInKey = ["my-sign-in"] as const;
