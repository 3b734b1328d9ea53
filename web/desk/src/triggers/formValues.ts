import { Problem } from "../api/client";
import type { Trigger, TriggerInput } from "./useTriggers";

/** FormValues is a trigger as its form has it: every field is what was typed. */
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

/** valuesOf is a trigger put into the form. */
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

/** formatJson is data as text; nothing, if there is none. */
export const formatJson = (data: Record<string, unknown> | null | undefined): string =>
  data && Object.keys(data).length > 0 ? JSON.stringify(data, null, 2) : "";

/** InvalidJson is text that should be JSON and is not. */
export class InvalidJson extends Error {}

/** parseObject is what somebody typed as JSON; nothing typed is undefined. */
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

/** inputOf is what the API takes of an entry: only what is of its kind. */
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

/** changesOf is what an entry changes of a trigger. What stays is not told again: a time that has passed would be refused. */
export function changesOf(t: Trigger, e: FormValues): TriggerInput {
  const before = inputOf(valuesOf(t));
  const after = inputOf(e);
  const changed = (Object.keys(after) as (keyof TriggerInput)[]).filter((k) => k !== "kind" && !same(after[k], before[k]));
  return Object.fromEntries(changed.map((k) => [k, after[k]]));
}

const same = (a: unknown, b: unknown) => JSON.stringify(sorted(a)) === JSON.stringify(sorted(b));

/** sorted is a value whose objects have their names in order, so that equal ones read the same. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([k, v]) => [k, sorted(v)]),
  );
}

/** fieldErrors is what an answer says of single fields, by the API's name of the field. */
export function fieldErrors(error: unknown): Record<string, string> {
  if (error instanceof InvalidJson) return { data: error.message };
  const list = (error instanceof Problem && error.document?.errors) || [];
  return Object.fromEntries(list.map((e) => [e.field, e.reason.charAt(0).toUpperCase() + e.reason.slice(1)]));
}

/** exampleOf is data of the shape that expressions ask for: each path after "data." and, of one of a list, "item.". */
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
