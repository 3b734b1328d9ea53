import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type Plan = Schemas["ConfigurationPlan"];
export type Change = Schemas["ConfigurationChange"];
export type Version = Schemas["ConfigurationVersion"];

/** File is a configuration file, and whether what it leaves out is deleted. */
export interface File {
  text: string;
  prune: boolean;
}

const yaml = { "Content-Type": "application/yaml" };
const asItIs = (body: string): string => body;

/** plan tells what a file would change. */
export const plan = ({ text, prune }: File): Promise<Versioned<Plan>> =>
  versioned(api.POST("/v1/config/plan", { params: { query: { prune } }, body: text, bodySerializer: asItIs, headers: yaml }));

/** apply changes what a plan said. */
export const apply = ({ text, prune }: File, etag: string): Promise<Plan> =>
  answer(
    api.POST("/v1/config/apply", {
      params: { query: { prune }, header: { "If-Match": etag } },
      body: text,
      bodySerializer: asItIs,
      headers: yaml,
    }),
  );

/** exported is the configuration as it is. */
export const exported = (people: boolean): Promise<string> =>
  answer(api.GET("/v1/config", { params: { query: { people } }, parseAs: "text" }));

/** document is the configuration as it was before or after a file was applied. */
export const document = (id: string, when: "before" | "after"): Promise<string> =>
  answer(api.GET("/v1/config/versions/{id}/document", { params: { path: { id }, query: { when } }, parseAs: "text" }));

/** save has the browser save a text as a file. */
export function save(text: string, name: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "application/yaml" }));
  const link = window.document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000); // some browsers begin to read it later
}
