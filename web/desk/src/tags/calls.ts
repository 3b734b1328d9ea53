import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import type { components } from "../../../shared/schema";
import { storeConversations } from "../live/store";
import { all, key } from "../setup/lists";

export type Tag = components["schemas"]["Tag"];
export type Color = components["schemas"]["TagColor"];
export type Level = components["schemas"]["PriorityLevel"];

/** useTags are the organisation's tags by name, archived ones too. */
export const useTags = (staleTime = 0) =>
  useQuery({
    queryKey: key("tags"),
    staleTime,
    queryFn: () => all((query) => answer(api.GET("/v1/tags", { params: { query } }))),
    select: (list) => [...list].sort((a, b) => a.name.localeCompare(b.name)),
  });

/** setTag adds a tag to a conversation or takes it off. */
export async function setTag(c: Conversation, tag: string, on: boolean): Promise<void> {
  const at = { params: { path: { id: c.id, tag_id: tag } } };
  const path = "/v1/conversations/{id}/tags/{tag_id}";
  storeConversations(await answer(on ? api.PUT(path, at) : api.DELETE(path, at)));
}

/** setPriority says how urgent a conversation is. */
export async function setPriority(c: Conversation, level: Level): Promise<void> {
  storeConversations(await answer(api.PUT("/v1/conversations/{id}/priority", { params: { path: { id: c.id } }, body: { level } })));
}

/** levels are the priorities, the most urgent first. */
export const levels: { level: Level; label: string }[] = [
  { level: "urgent", label: "Urgent" },
  { level: "high", label: "High" },
  { level: "normal", label: "Normal" },
  { level: "low", label: "Low" },
];
