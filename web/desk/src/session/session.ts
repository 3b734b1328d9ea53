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

export async function signIn(email: string, password: string): Promise<void> {
  await answer(api.POST("/v1/session", { body: { email, password } }));
  await queryClient.invalidateQueries({ queryKey: queryKeys.me });
}
