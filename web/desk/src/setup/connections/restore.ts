import { answer, api } from "../../api/client";
import { ifMatch, versioned, type Versioned } from "../versioned";
import type { Entry } from "./audit";

type Json = unknown;
type Fields = Record<string, Json>;

interface Kind {
  path: string; // under /v1/
  fields: string[] | "all"; // that its PATCH takes
}

// What can be put back as it was: what the log keeps whole, and PATCH takes by the same names.
const kinds: Record<string, Kind> = {
  account: { path: "accounts", fields: ["name", "workstream_id"] },
  capacity_profile: { path: "capacity-profiles", fields: ["limit", "blocking", "name"] },
  disposition: { path: "dispositions", fields: ["name", "archived"] },
  operating_hours: { path: "operating-hours", fields: ["name", "time_zone", "calendar"] },
  queue: {
    path: "queues",
    fields: ["name", "operating_hours_id", "priority", "assignment_rules", "buckets", "age_priority", "age_bucket"],
  },
  quick_reply: { path: "quick-replies", fields: ["title", "tags", "workstream_ids", "texts"] },
  tag: { path: "tags", fields: ["name", "color", "archived"] },
  template: { path: "templates", fields: ["name", "default_language"] },
  webhook: {
    path: "webhooks",
    fields: ["name", "url", "kinds", "workstream_id", "include_message", "include_internal", "internal", "enabled"],
  },
  workstream: { path: "workstreams", fields: "all" },
};

/** Restorable is what of an entry can be put back, and what cannot. */
export interface Restorable {
  values: Fields;
  left: string[];
}

/** restorable returns what was there before an entry, or null if that cannot be put back. */
export function restorable(e: Entry): Restorable | null {
  const kind = kinds[e.object_type];
  if (!kind || e.action !== "update") return null;
  const out: Restorable = { values: {}, left: [] };
  for (const [name, change] of Object.entries(e.changes)) {
    const whole = typeof change === "object" && change !== null && "from" in change;
    if (whole && (kind.fields === "all" || kind.fields.includes(name))) out.values[name] = change.from;
    else if (name !== "disabled_reason") out.left.push(name);
  }
  return Object.keys(out.values).length > 0 ? out : null;
}

// The path is one of those above, whose types the caller does not need.
type Untyped = (path: string, init: unknown) => Promise<{ data?: Fields; error?: unknown; response: Response }>;

const at = (e: Entry): [string, { params: unknown }] => [
  `/v1/${kinds[e.object_type]?.path ?? ""}/{id}`,
  { params: { path: { id: e.object_id } } },
];

/** readNow reads what there is now, with its version. */
export function readNow(e: Entry): Promise<Versioned<Fields>> {
  const [path, init] = at(e);
  return versioned((api.GET as unknown as Untyped)(path, init));
}

/** putBack writes the values to the version that was compared. */
export async function putBack(e: Entry, values: Fields, etag: string | null): Promise<void> {
  const [path, init] = at(e);
  await answer((api.PATCH as unknown as Untyped)(path, { ...init, body: values, headers: ifMatch(etag) }));
}
