import type { paths } from "../../../../shared/schema";

type ObjectType = NonNullable<NonNullable<paths["/v1/audit"]["get"]["parameters"]["query"]>["object_type"]>;

const pages = {
  account: "/setup/channels/$id",
  agent: "/setup/people/$id",
  campaign: "/campaigns/$id",
  conversation: "/c/$id",
  operating_hours: "/setup/hours/$id",
  queue: "/setup/queues/$id",
  role: "/setup/roles/$id",
  widget: "/setup/chat/$id",
  workstream: "/setup/workstreams/$id",
} as const;

/** pageOf is the page of an object in the audit log, if it has one. */
export const pageOf = (type: string): (typeof pages)[keyof typeof pages] | undefined => pages[type as keyof typeof pages];

/** objects are what the log can be narrowed to; the type says when one is missing. */
const all: Record<ObjectType, true> = {
  account: true,
  address: true,
  agent: true,
  audit: true,
  automated_message: true,
  campaign: true,
  capacity_profile: true,
  configuration: true,
  consent: true,
  contact: true,
  context_variable: true,
  conversation: true,
  identity_provider: true,
  invitation: true,
  note: true,
  operating_hours: true,
  outbound: true,
  password: true,
  presence: true,
  queue: true,
  quick_reply: true,
  role: true,
  routing_rules: true,
  second_factor: true,
  session: true,
  sign_in: true,
  skill: true,
  template: true,
  timeout_rule: true,
  token: true,
  webhook: true,
  widget: true,
  workstream: true,
};
export const objects = Object.keys(all) as ObjectType[];

/** actions are the common ones; the API takes any. */
export const actions = ["create", "update", "delete", "revoke", "export", "read", "merge", "opt_in", "opt_out", "start"] as const;

const names: Record<string, string> = {
  agent: "Person",
  session: "Sign-in",
  sign_in: "Sign-in rules",
  token: "API token",
  account: "Channel",
  widget: "Chat",
  audit: "Audit log",
  configuration: "Configuration file",
};

/** objectName is how people call what the log names: "operating_hours" is Operating hours. */
export const objectName = (name: string): string => {
  const words = name.replace(/_/g, " ");
  return names[name] ?? words.charAt(0).toUpperCase() + words.slice(1);
};

const shown = (value: unknown): string => {
  if (value === null || value === undefined || value === "") return "nothing";
  if (typeof value === "boolean") return value ? "on" : "off";
  const text = typeof value === "string" ? value : JSON.stringify(value);
  return text.length > 80 ? `${text.slice(0, 80)}…` : text;
};

/** whatChanged says each change in a line. */
export function whatChanged(changes: unknown): string[] {
  return Object.entries(changes as Record<string, { from?: unknown; to?: unknown; changed?: boolean }>)
    .sort(([a], [b]) => a.localeCompare(b))
    .map(([field, change]) => {
      const label = objectName(field);
      if (change.changed) return `${label} changed`;
      if (!("from" in change)) return `${label}: ${shown(change.to)}`;
      if (!("to" in change)) return `${label}: ${shown(change.from)}`;
      return `${label}: ${shown(change.from)} → ${shown(change.to)}`;
    });
}
