import { useMutation } from "@tanstack/react-query";

import { newID } from "../../../shared/uuid";
import { answer, api, Problem } from "../api/client";
import type { Conversation, Me } from "../api/types";
import { knownConversations, queryClient, queryKeys, storeConversations } from "../live/store";
import { notifyError } from "../ui/notify";

export type Command = "park" | "resume" | "release" | "end" | "close" | "pick";

const failures: Record<Command, string> = {
  park: "Could not park the conversation",
  resume: "Could not resume the conversation",
  release: "Could not return the conversation to the queue",
  end: "Could not end the conversation",
  close: "Could not close the conversation",
  pick: "Could not assign the conversation to you",
};

/** deferredMessages are the commands that cannot be undone once they ran, with the message shown while they wait. */
export const deferredMessages: Partial<Record<Command, string>> = {
  end: "Ending the conversation…",
  close: "Closing the conversation…",
  release: "Returning the conversation to the queue…",
};

/** runCommand runs a command and stores the conversation that it returns. */
export async function runCommand(id: string, what: Command, leaving = false): Promise<Conversation> {
  const c = await post(id, what, leaving);
  storeConversations(c);
  return c;
}

function post(id: string, what: Command, keepalive: boolean): Promise<Conversation> {
  const params = { path: { id }, header: { "Idempotency-Key": newID() } };
  switch (what) {
    case "park":
      return answer(api.POST("/v1/conversations/{id}/park", { params, keepalive }));
    case "resume":
      return answer(api.POST("/v1/conversations/{id}/resume", { params, keepalive }));
    case "release":
      return answer(api.POST("/v1/conversations/{id}/release", { params, keepalive }));
    case "end":
      return answer(api.POST("/v1/conversations/{id}/end", { params, keepalive }));
    case "close":
      return answer(api.POST("/v1/conversations/{id}/close", { params, keepalive }));
    case "pick":
      return answer(api.POST("/v1/conversations/{id}/pick", { params, keepalive }));
  }
}

/**
 * whyNotPicked names the reason for a refused pick where it can be known: for
 * the server a conversation of a foreign queue is not there.
 */
export async function whyNotPicked(id: string, error: unknown): Promise<unknown> {
  if (!(error instanceof Problem) || error.status !== 404 || !error.document) return error;
  try {
    const me: Me = await answer(api.GET("/v1/me"));
    queryClient.setQueryData(queryKeys.me, me);
    const queue = knownConversations()[id]?.queue;
    if (!queue || me.role !== "agent" || me.queues.some((q) => q.id === queue.id)) return error;
    return new Problem(404, {
      ...error.document,
      detail: `You are not a member of ${queue.name ? `the queue “${queue.name}”` : "this queue"}.`,
    });
  } catch {
    return error;
  }
}

/** useCommand runs a command, and after when it has succeeded. */
export function useCommand(id: string, after: (what: Command) => void) {
  return useMutation({
    mutationFn: (what: Command) => runCommand(id, what),
    onSuccess: (_, what) => after(what),
    onError: async (error, what) => notifyCommandError(what, what === "pick" ? await whyNotPicked(id, error) : error),
  });
}

export const notifyCommandError = (what: Command, error: unknown): void => notifyError(failures[what], error);

/** allowedCommands returns the commands available now. A live chat cannot be parked, only returned to the queue. */
export function allowedCommands(c: Conversation, mine: boolean): Command[] {
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
