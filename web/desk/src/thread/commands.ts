import { useMutation } from "@tanstack/react-query";

import { answer, api, newKey } from "../api/client";
import type { Conversation } from "../api/types";
import { learn } from "../live/store";
import { complain } from "../ui/act";

export type Command = "park" | "resume" | "release" | "end" | "close" | "pick";

const failures: Record<Command, string> = {
  park: "It was not parked",
  resume: "You did not come back to it",
  release: "It was not given back",
  end: "It was not ended",
  close: "It was not closed",
  pick: "You did not get it",
};

/** perform does something with a conversation; the answer is how it is then. */
export async function perform(id: string, what: Command): Promise<Conversation> {
  const c = await post(id, what);
  learn(c);
  return c;
}

function post(id: string, what: Command): Promise<Conversation> {
  const params = { path: { id }, header: { "Idempotency-Key": newKey() } };
  switch (what) {
    case "park":
      return answer(api.POST("/v1/conversations/{id}/park", { params }));
    case "resume":
      return answer(api.POST("/v1/conversations/{id}/resume", { params }));
    case "release":
      return answer(api.POST("/v1/conversations/{id}/release", { params }));
    case "end":
      return answer(api.POST("/v1/conversations/{id}/end", { params }));
    case "close":
      return answer(api.POST("/v1/conversations/{id}/close", { params }));
    case "pick":
      return answer(api.POST("/v1/conversations/{id}/pick", { params }));
  }
}

/** useCommand does something with a conversation, and then what follows from it. */
export function useCommand(id: string, after: (what: Command) => void) {
  return useMutation({
    mutationFn: (what: Command) => perform(id, what),
    onSuccess: (_, what) => after(what),
    onError: (error, what) => failed(what, error),
  });
}

export const failed = (what: Command, error: unknown): void => complain(failures[what], error);

/** allowed says what can be done with a conversation now. A live chat cannot wait: leaving it is giving it back. */
export function allowed(c: Conversation, mine: boolean): Command[] {
  if (!mine) return c.state === "open" && !c.offer ? ["pick"] : [];
  switch (c.state) {
    case "active":
      return c.style === "live" ? ["end", "release"] : ["park", "end", "release"];
    case "waiting":
      return ["resume", "end"];
    case "wrap-up":
      return ["close"];
    default:
      return [];
  }
}
