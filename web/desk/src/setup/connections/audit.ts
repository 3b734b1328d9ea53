import { useInfiniteQuery, useQueries } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components, paths } from "../../../../shared/schema";
import { all, key } from "../lists";
import { atOnce, readNamed } from "../team/people";
import { kindLabel } from "./webhooks";

export type Changes = Record<string, unknown>; // by field
export type Entry = Omit<components["schemas"]["AuditEntry"], "changes"> & { changes: Changes };
type Query = NonNullable<paths["/v1/audit"]["get"]["parameters"]["query"]>;

/** objects are what the log is about, as people call it. */
export const objects: Record<string, string> = {
  account: "Channel",
  address: "Number or sender",
  agent: "Person",
  audit: "Audit log",
  automated_message: "Automated message",
  campaign: "Campaign",
  capacity_profile: "Capacity profile",
  configuration: "Configuration file",
  consent: "Consent",
  contact: "Contact",
  context_variable: "Context variable",
  conversation: "Conversation",
  disposition: "Disposition",
  group: "Group",
  identity_provider: "Single sign-on",
  invitation: "Invitation",
  note: "Note",
  operating_hours: "Operating hours",
  outbound: "Outbound setting",
  password: "Password",
  presence: "Presence",
  queue: "Queue",
  quick_reply: "Quick reply",
  role: "Role",
  routing_rules: "Routing rules",
  second_factor: "Two-step verification",
  session: "Sign-in",
  sign_in: "Sign-in rules",
  skill: "Skill",
  tag: "Tag",
  template: "Template",
  timeout_rule: "Timeout rule",
  token: "API token",
  webhook: "Webhook",
  widget: "Chat on your site",
  workstream: "Workstream",
};

export const objectName = (type: string): string => objects[type] ?? words(type);

/** Wanted narrows the log; an empty field is no restriction. */
export interface Wanted {
  type: string;
  object: string; // id
  who: string; // an agent's id, "token", or "system"
  action: string;
  from: string; // as a field of type datetime-local holds it
  until: string;
}

export const nothingWanted: Wanted = { type: "", object: "", who: "", action: "", from: "", until: "" };

export const whoOf = (e: Entry): string => e.agent_id ?? (e.token_id ? "token" : "system");

/** matches tells whether an entry is wanted. */
export function matches(e: Entry, w: Wanted): boolean {
  const at = Date.parse(e.at);
  return (
    (!w.type || e.object_type === w.type) &&
    (!w.object || e.object_id === w.object) &&
    (!w.who || whoOf(e) === w.who) &&
    (!w.action || actionGroup(e.action) === w.action) &&
    (!w.from || at >= Date.parse(w.from)) &&
    (!w.until || at < Date.parse(w.until) + 60_000)
  );
}

const moment = (local: string, after = 0): string | undefined => {
  const at = Date.parse(local);
  return Number.isNaN(at) ? undefined : new Date(at + after).toISOString();
};

/** askedFor is what of a search the API answers by itself; matches picks out the rest. */
export function askedFor(w: Wanted): Query {
  const query: Query = {
    object_type: (w.type || undefined) as Query["object_type"],
    object_id: w.object || undefined,
    agent_id: w.who && w.who !== "token" && w.who !== "system" ? w.who : undefined,
    action: w.action === "create" || w.action === "delete" ? w.action : undefined, // the other groups are several actions
    from: moment(w.from),
    before: moment(w.until, 60_000), // the whole minute
  };
  return Object.fromEntries(Object.entries(query).filter(([, value]) => value !== undefined));
}

/** exportAddress is where one downloads what is looked for; undefined where the API does not answer that by itself. */
export function exportAddress(w: Wanted): string | undefined {
  const query = askedFor(w);
  if ((w.action && !query.action) || (w.who && !query.agent_id)) return undefined;
  return `/v1/audit/export?${new URLSearchParams(query as Record<string, string>).toString()}`;
}

/** useAudit reads the log page by page, the newest first. */
export function useAudit(wanted: Wanted) {
  const query = askedFor(wanted);
  return useInfiniteQuery({
    queryKey: [...key("audit"), query],
    staleTime: 0,
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      answer(api.GET("/v1/audit", { params: { query: { ...query, limit: 200, ...(pageParam && { cursor: pageParam }) } } })),
    getNextPageParam: (last) => last.next,
  });
}

const id = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;

/** idsIn are the ids that stand in entries, each once and in parts that the API takes at once. */
function idsIn(entries: Entry[]): string[][] {
  const ids = [...new Set(JSON.stringify(entries.map((e) => [e.object_id, e.changes])).match(id))];
  return Array.from({ length: Math.ceil(ids.length / atOnce) }, (_, i) => ids.slice(i * atOnce, (i + 1) * atOnce));
}

/** useNames are the names of what ids in entries stand for. People may be very many: only those of the entries are read. */
export function useNames(entries: Entry[] = []): Record<string, string> {
  const named = (name: string, read: () => Promise<{ id: string; name: string }[]>) => ({ queryKey: key(name), queryFn: read });
  return useQueries({
    queries: [
      ...idsIn(entries).map((ids) => ({
        queryKey: key("agents", "named", ids.join()),
        queryFn: () => readNamed(ids).then((p) => p.items),
      })),
      named("queues", () => all((query) => answer(api.GET("/v1/queues", { params: { query } })))),
      named("workstreams", () => all((query) => answer(api.GET("/v1/workstreams", { params: { query } })))),
      named("accounts", () => all((query) => answer(api.GET("/v1/accounts", { params: { query } })))),
      named("skills", () => all((query) => answer(api.GET("/v1/skills", { params: { query } })))),
      named("hours", () => all((query) => answer(api.GET("/v1/operating-hours", { params: { query } })))),
      named("widgets", () => all((query) => answer(api.GET("/v1/widgets", { params: { query } })))),
      named("webhooks", () => all((query) => answer(api.GET("/v1/webhooks", { params: { query } })))),
    ],
    combine: (results) => Object.fromEntries(results.flatMap((r) => (r.data ?? []).map(({ id, name }) => [id, name]))),
  });
}

const actions: Record<string, string> = {
  create: "Created",
  update: "Changed",
  delete: "Deleted",
  test: "Tested",
  rotate_key: "Gave a new key to",
  revoke: "Revoked",
  retry: "Sent again",
  sync: "Synchronised",
  start: "Started",
  pause: "Paused",
  link: "Linked",
  set_skills: "Set skills of",
  set_presence: "Set the presence of",
  set_overflow: "Set the overflow of",
  set_thresholds: "Set the thresholds of",
  set_capacity_profiles: "Set capacity profiles of",
  set_preferred_agents: "Set preferred agents of",
};

/** actionGroups are what one can look for. */
export const actionGroups = [
  { value: "create", label: "Created" },
  { value: "update", label: "Changed" },
  { value: "delete", label: "Deleted" },
  { value: "other", label: "Something else" },
];

const actionGroup = (action: string): string =>
  action.startsWith("set_") ? "update" : actionGroups.some((g) => g.value === action) ? action : "other";

export const actionName = (action: string): string => actions[action] ?? words(action);

const words = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

/** objectOf is the name of what an entry is about, as far as it is known. */
export function objectOf(e: Entry, names: Record<string, string>): string {
  for (const field of ["name", "title", "display_name", "trigger", "address"]) {
    const change = e.changes[field] as { from?: unknown; to?: unknown } | undefined;
    const value = change?.to ?? change?.from;
    if (typeof value === "string" && value) return value;
  }
  return names[e.object_id] ?? "";
}

/** Change is one field that differs. Undefined: there was none before or after. */
export interface Change {
  field: string;
  before?: string;
  after?: string;
  secret?: boolean;
}

type Json = unknown;
const isObject = (v: Json): v is Record<string, Json> => typeof v === "object" && v !== null && !Array.isArray(v);

/** changesOf lists what an entry changed, field by field; of an object only the parts that differ. */
export function changesOf(e: { changes: Changes }, names: Record<string, string>): Change[] {
  const out: Change[] = [];
  for (const [name, value] of Object.entries(e.changes).sort(([a], [b]) => a.localeCompare(b))) {
    if (isObject(value) && value["changed"] === true) out.push({ field: words(name), secret: true });
    else if (isObject(value) && ("from" in value || "to" in value)) out.push(...parts(words(name), value, names));
    else out.push({ field: words(name), after: shownValue(value, names) });
  }
  return out;
}

function parts(field: string, change: Record<string, Json>, names: Record<string, string>): Change[] {
  const { from, to } = change;
  if ((isObject(from) || isObject(to)) && (from == null || isObject(from)) && (to == null || isObject(to))) {
    const [was, is] = [from ?? {}, to ?? {}] as [Record<string, Json>, Record<string, Json>];
    const differ = [...new Set([...Object.keys(was), ...Object.keys(is)])].filter((k) => JSON.stringify(was[k]) !== JSON.stringify(is[k]));
    return differ.flatMap((k) => parts(`${field}, ${words(k).toLowerCase()}`, { from: was[k], to: is[k] }, names));
  }
  const shown = (side: "from" | "to") => (side in change && change[side] !== undefined ? shownValue(change[side], names) : undefined);
  return [{ field, before: shown("from"), after: shown("to") }];
}

/** shownValue is a value of the log as people read it. */
export function shownValue(v: Json, names: Record<string, string>): string {
  if (v === null || v === "" || v === undefined) return "Nothing";
  if (typeof v === "boolean") return v ? "On" : "Off";
  if (typeof v === "string") return names[v] ?? kindLabel(v);
  if (Array.isArray(v)) return v.length === 0 ? "Nothing" : v.map((one) => shownValue(one, names)).join(", ");
  if (isObject(v)) return Object.entries(v).map(([k, one]) => `${words(k)}: ${shownValue(one, names)}`).join("; ") || "Nothing"; // prettier-ignore
  return String(v);
}
