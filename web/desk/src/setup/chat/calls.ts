import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { refresh, type Widget } from "../lists";
import { versioned, type Versioned } from "../versioned";
import { createWorkstream } from "../work/calls";

type Schemas = components["schemas"];

const at = (id: string) => ({ params: { path: { id } } });

/** Shown is a widget with its settings beside its other fields, as they are changed. */
export type Shown = Widget & Widget["settings"];

const shown = ({ value, etag }: Versioned<Widget>): Versioned<Shown> => ({ value: { ...value, ...value.settings }, etag });

export const readWidget = async (id: string): Promise<Versioned<Shown>> => shown(await versioned(api.GET("/v1/widgets/{id}", at(id))));

export const changeWidget = async (
  id: string,
  changes: Record<string, unknown>,
  headers: Record<string, string>,
): Promise<Versioned<Shown>> =>
  shown(await versioned(api.PATCH("/v1/widgets/{id}", { ...at(id), body: changes as Schemas["WidgetChange"], headers })));

/** testToken asks what would come of a token that the site signed. */
export const testToken = (id: string, token: string) => answer(api.POST("/v1/widgets/{id}/test-token", { ...at(id), body: { token } }));

const prefix = "new:";

/** newWorkstream is the choice that makes a workstream of a style together with the widget. */
export const newWorkstream = (style: "live" | "persistent"): string => prefix + style;

/** createWidget makes a widget, and its workstream where a new one was chosen. */
export async function createWidget(body: Record<string, unknown>, queue: string | undefined): Promise<Widget> {
  let workstream = String(body["workstream_id"]);
  if (workstream.startsWith(prefix)) {
    const style = workstream.slice(prefix.length);
    const name = `Chat: ${String(body["name"])}`;
    workstream = (await createWorkstream({ name, mode: "push", style, queue_id: queue, fallback_queue_id: queue })).id;
    await refresh("workstreams");
  }
  return answer(api.POST("/v1/widgets", { body: { ...body, workstream_id: workstream } as Schemas["WidgetChange"] }));
}

export async function deleteWidget(id: string): Promise<void> {
  await answer(api.DELETE("/v1/widgets/{id}", at(id)));
  await refresh("widgets");
}
