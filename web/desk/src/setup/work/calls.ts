import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { refresh, type Workstream } from "../lists";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];

const at = (id: string) => ({ params: { path: { id } } });

export const readWorkstream = (id: string): Promise<Versioned<Workstream>> => versioned(api.GET("/v1/workstreams/{id}", at(id)));
export const createWorkstream = (body: unknown): Promise<Workstream> =>
  answer(api.POST("/v1/workstreams", { body: body as Schemas["WorkstreamInput"] }));
export const changeWorkstream = (id: string, body: unknown, headers: Record<string, string>): Promise<Versioned<Workstream>> =>
  versioned(api.PATCH("/v1/workstreams/{id}", { ...at(id), body: body as Schemas["WorkstreamInput"], headers }));

export async function deleteWorkstream(id: string): Promise<void> {
  await answer(api.DELETE("/v1/workstreams/{id}", at(id)));
  await refresh("workstreams");
}
