import { Problem } from "../api/client";
import type { Trigger, TriggerInput } from "./useTriggers";

/** FormValues are the values of the trigger form, as typed. */
export interface FormValues {
  name: string;
  kind: Trigger["kind"];
  configuration_id: string;
  enabled: boolean;
  event: string;
  delay: string;
  once: boolean; // a schedule comes at one time, else by cron
  cron: string;
  at: string;
  time_zone: string;
  data: string;
  when: string;
  each: string;
  to: string;
  optin: string;
  locale: string;
  about: string;
  values: Record<string, string>; // an expression by placeholder
}

export const emptyValues = (): FormValues => ({
  name: "",
  kind: "event",
  configuration_id: "",
  enabled: true,
  event: "",
  delay: "0",
  once: false,
  cron: "",
  at: "",
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  data: "",
  when: "",
  each: "",
  to: "",
  optin: "",
  locale: "",
  about: "",
  values: {},
});

/** valuesOf returns the form values of a trigger. */
export const valuesOf = (t: Trigger): FormValues => ({
  name: t.name,
  kind: t.kind,
  configuration_id: t.configuration_id,
  enabled: t.enabled,
  event: t.event,
  delay: String(t.delay),
  once: t.at !== "",
  cron: t.at === "" ? t.cron : "",
  at: t.at,
  time_zone: t.time_zone,
  data: formatJson(t.data),
  when: t.rule.when ?? "",
  each: t.rule.each ?? "",
  to: t.rule.to ?? "",
  optin: t.rule.optin ?? "",
  locale: t.rule.locale ?? "",
  about: t.rule.entityrelationshipname ?? "",
  values: t.rule.contextitems ?? {},
});

/** formatJson formats data as JSON, or as an empty text if there is none. */
export const formatJson = (data: Record<string, unknown> | null | undefined): string =>
  data && Object.keys(data).length > 0 ? JSON.stringify(data, null, 2) : "";

/** InvalidJson is the error for text that is not a JSON object. */
export class InvalidJson extends Error {}

/** parseObject parses a JSON object; empty text is undefined. */
export function parseObject(text: string): Record<string, unknown> | undefined {
  if (text.trim() === "") return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (e) {
    throw new InvalidJson(`Invalid JSON: ${e instanceof Error ? e.message : String(e)}`);
  }
  if (typeof value !== "object" || value === null || Array.isArray(value))
    throw new InvalidJson('Must be an object, for example { "name": "value" }');
  return value as Record<string, unknown>;
}

/** inputOf converts form values to the API's input, with the fields of its kind only. */
export function inputOf(e: FormValues): TriggerInput {
  const contextitems = Object.fromEntries(Object.entries(e.values).filter(([, source]) => source.trim() !== ""));
  const input: TriggerInput = {
    name: e.name,
    kind: e.kind,
    configuration_id: e.configuration_id,
    enabled: e.enabled,
    rule: { when: e.when, each: e.each, to: e.to, optin: e.optin, locale: e.locale, entityrelationshipname: e.about, contextitems },
  };
  if (e.kind === "event") return { ...input, event: e.event, delay: Number(e.delay) };
  return { ...input, ...(e.once ? { at: e.at } : { cron: e.cron }), time_zone: e.time_zone, data: parseObject(e.data) ?? {} };
}

/** changesOf returns the fields that changed. Unchanged fields are left out: a time in the past would be refused. */
export function changesOf(t: Trigger, e: FormValues): TriggerInput {
  const before = inputOf(valuesOf(t));
  const after = inputOf(e);
  const changed = (Object.keys(after) as (keyof TriggerInput)[]).filter((k) => k !== "kind" && !same(after[k], before[k]));
  return Object.fromEntries(changed.map((k) => [k, after[k]]));
}

const same = (a: unknown, b: unknown) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** sorted orders the keys of all objects, so that equal values serialize alike. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

/** fieldErrors returns the errors of an API response by field. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (error instanceof InvalidJson) return { data: error.message };
  const list = (error instanceof Problem && error.document?.errors) || [];
  return Object.fromEntries(list.map((e) => [e.field, e.reason.charAt(0).toUpperCase() + e.reason.slice(1)]));
}

/** exampleOf builds example data from the paths that expressions use after "data." and, for lists, "item.". */
export function exampleOf(rule: Trigger["rule"]): Record<string, unknown> {
  const sources = [
    rule.when,
    rule.each,
    rule.to,
    rule.optin,
    rule.locale,
    rule.entityrelationshipname,
    ...Object.values(rule.contextitems ?? {}),
  ];
  const data: Record<string, unknown> = {};
  const item: Record<string, unknown> = {};
  const agreed = new Set(paths(rule.optin ?? "", "data").concat(paths(rule.optin ?? "", "item")));
  for (const source of sources) {
    for (const path of paths(source ?? "", "data")) put(data, path, agreed.has(path) ? true : "");
    for (const path of paths(source ?? "", "item")) put(item, path, agreed.has(path) ? true : "");
  }
  for (const path of paths(rule.each ?? "", "data")) put(data, path, [item]);
  return data;
}

function paths(source: string, root: "data" | "item"): string[] {
  return [...source.matchAll(new RegExp(`\\b${root}((?:\\??\\.[A-Za-z_]\\w*)+)`, "g"))].map((m) =>
    (m[1] ?? "").replaceAll("?", "").slice(1),
  );
}

function put(into: Record<string, unknown>, path: string, value: unknown): void {
  const names = path.split(".");
  const last = names.pop() ?? "";
  let at = into;
  for (const name of names) {
    const next = at[name];
    at = at[name] = typeof next === "object" && next !== null && !Array.isArray(next) ? (next as Record<string, unknown>) : {};
  }
  if (typeof at[last] !== "object") at[last] = value;
  else if (Array.isArray(value)) at[last] = value;
}
