import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import type { Tag } from "../../tags/calls";
import { refresh } from "../lists";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
const at = (id: string) => ({ params: { path: { id } } });

export const readTag = (id: string): Promise<Versioned<Tag>> => versioned(api.GET("/v1/tags/{id}", at(id)));

export async function createTag(body: unknown): Promise<void> {
  await answer(api.POST("/v1/tags", { body: body as Schemas["NewTag"] }));
  await refresh("tags");
}

export const changeTag = (id: string, body: unknown, headers: Record<string, string>): Promise<Versioned<Tag>> =>
  versioned(api.PATCH("/v1/tags/{id}", { ...at(id), body: body as Schemas["TagChange"], headers }));

export async function deleteTag(id: string): Promise<void> {
  await answer(api.DELETE("/v1/tags/{id}", at(id)));
  await refresh("tags");
}
