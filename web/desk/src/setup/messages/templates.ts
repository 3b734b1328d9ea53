import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key, refresh, type Account, type Provider } from "../lists";
import { ifMatch, versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type Template = Schemas["Template"];
export type TemplateText = Schemas["TemplateText"];

const at = (id: string) => ({ params: { path: { id } } });

export const useTemplates = () =>
  useQuery({
    queryKey: key("templates"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/templates", { params: { query } }))),
  });

export const readTemplate = (id: string): Promise<Versioned<Template>> => versioned(api.GET("/v1/templates/{id}", at(id)));

export async function createTemplate(body: unknown): Promise<Template> {
  const made = await answer(api.POST("/v1/templates", { body: body as Schemas["NewTemplate"] }));
  await refresh("templates");
  return made;
}

/** changeTemplate writes a template's own fields first, to the version that was seen, and then its texts; an empty one is removed. */
export async function changeTemplate(
  id: string,
  { texts, ...own }: { texts?: Record<string, string> },
  etag: string | null,
): Promise<Versioned<Template>> {
  if (Object.keys(own).length > 0)
    await answer(api.PATCH("/v1/templates/{id}", { ...at(id), body: own as Schemas["TemplateChange"], headers: ifMatch(etag) }));
  for (const [language, text] of Object.entries(texts ?? {})) {
    const params = { path: { id, language } };
    if (text.trim()) await answer(api.PUT("/v1/templates/{id}/texts/{language}", { params, body: { text } }));
    else await answer(api.DELETE("/v1/templates/{id}/texts/{language}", { params }));
  }
  return readTemplate(id);
}

export async function deleteTemplate(id: string): Promise<void> {
  await answer(api.DELETE("/v1/templates/{id}", at(id)));
  await refresh("templates");
}

export async function syncTemplates(account: string) {
  const found = await answer(api.POST("/v1/accounts/{id}/sync-templates", at(account)));
  await refresh("templates");
  return found;
}

/** keepsTemplates tells whether an account's provider keeps templates itself, as those of WhatsApp. */
export const keepsTemplates = (a: Account, providers: Provider[]): boolean =>
  Object.values(providers.find((p) => p.type === a.provider)?.channels ?? {}).some((c) => c.templates);

export type Approval = TemplateText["approval"];

export const approvals: Record<Approval, { label: string; color: string }> = {
  none: { label: "Not submitted", color: "gray" },
  pending: { label: "In review", color: "yellow" },
  approved: { label: "Approved", color: "green" },
  rejected: { label: "Rejected", color: "red" },
  paused: { label: "Paused", color: "red" },
  disabled: { label: "Disabled", color: "red" },
  gone: { label: "No longer at the provider", color: "gray" },
};

/** textsByLanguage are a template's texts. */
export const textsByLanguage = (t: Template): Record<string, string> => Object.fromEntries(t.texts.map((x) => [x.language, x.text]));

/** syncedAt is when a provider's template was last seen there. */
export const syncedAt = (texts: TemplateText[]): string | null =>
  texts.reduce<string | null>((last, x) => (x.synced_at && (!last || x.synced_at > last) ? x.synced_at : last), null);
