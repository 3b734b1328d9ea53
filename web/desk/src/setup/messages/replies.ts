import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key, refresh } from "../lists";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type QuickReply = Schemas["QuickReply"];

const at = (id: string) => ({ params: { path: { id } } });

/** useReplies are the quick replies that all agents share. */
export const useReplies = () =>
  useQuery({
    queryKey: key("replies"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/quick-replies", { params: { query } }))),
    select: (list) => list.filter((r) => r.agent_id === null),
  });

export const readReply = (id: string): Promise<Versioned<QuickReply>> => versioned(api.GET("/v1/quick-replies/{id}", at(id)));

export async function createReply(body: unknown): Promise<QuickReply> {
  const made = await answer(api.POST("/v1/quick-replies", { body: body as Schemas["NewQuickReply"] }));
  await refresh("replies");
  return made;
}

export const changeReply = (id: string, body: unknown, headers: Record<string, string>): Promise<Versioned<QuickReply>> =>
  versioned(api.PATCH("/v1/quick-replies/{id}", { ...at(id), body: body as Schemas["QuickReplyChange"], headers }));

export async function deleteReply(id: string): Promise<void> {
  await answer(api.DELETE("/v1/quick-replies/{id}", at(id)));
  await refresh("replies");
}

/** fills are the placeholders that quick replies have. */
export const fills = ["CustomerName", "CustomerFirstName", "AgentName", "AgentFirstName", "QueueName", "Channel"];
