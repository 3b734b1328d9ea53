import { useQuery } from "@tanstack/react-query";
import { createContext, useContext } from "react";

import { answer, api, Problem } from "../api/client";
import type { Me } from "../api/types";
import { keys, queries } from "../live/store";
import { keepAll } from "../composer/drafts";
import { unsent } from "../composer/outbox";
import { finish } from "../thread/later";
import { forgetAll } from "../ui/kept";

/** useSession is who is signed in; null: nobody. */
export function useSession() {
  return useQuery({
    queryKey: keys.me,
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

/** useMe is who is signed in, within the pages that need somebody. */
export function useMe(): Me {
  const me = useContext(MeContext);
  if (!me) throw new Error("nobody is signed in");
  return me;
}

export async function signIn(email: string, password: string): Promise<void> {
  await answer(api.POST("/v1/session", { body: { email, password } }));
  await queries.invalidateQueries({ queryKey: keys.me });
}

/** Unsent says that signing out would lose messages. */
class Unsent extends Problem {
  constructor(n: number) {
    const detail = `${n === 1 ? "A message was" : `${String(n)} messages were`} not sent yet. Wait for the connection, or discard what failed.`;
    super(409, { type: "", title: "", status: 409, code: "unsent", detail });
  }
}

/** signOut ends the sign-in, and takes what was kept of it out of this browser. */
export async function signOut(): Promise<void> {
  const left = unsent();
  if (left > 0) throw new Unsent(left);
  await Promise.all([keepAll(), finish()]);
  await answer(api.DELETE("/v1/session"));
  forgetAll();
}
