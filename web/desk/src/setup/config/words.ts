import type { Plan } from "./calls";

type Count = Record<"create" | "change" | "delete", number>;

const plural = (n: number, one: string): string => `${n} ${n === 1 ? one : `${one}s`}`;

/** countOf counts changes by what happens. */
export function countOf(changes: Plan["changes"]): Count {
  const count: Count = { create: 0, change: 0, delete: 0 };
  for (const c of changes) count[c.action]++;
  return count;
}

/** summary says how much happens: "2 created, 1 changed". */
export function summary({ created, changed, deleted }: { created: number; changed: number; deleted: number }): string {
  const parts = [created > 0 && `${created} created`, changed > 0 && `${changed} changed`, deleted > 0 && `${deleted} deleted`].filter(
    Boolean,
  );
  return parts.join(", ") || "Nothing";
}

/** applyLabel is what the button does. */
export const applyLabel = (changes: Plan["changes"]): string => `Apply ${plural(changes.length, "change")}`;

/** readable is a value as people read it: texts as they are, the rest as in the file. */
export function readable(value: unknown, depth = 0): string {
  if (value === null || value === undefined) return "none";
  if (typeof value === "string") return value === "" ? "empty" : value;
  if (typeof value !== "object") return String(value);
  const pad = "  ".repeat(depth);
  const inner = (v: unknown): string =>
    typeof v === "object" && v !== null && Object.keys(v).length > 0 ? `\n${readable(v, depth + 1)}` : ` ${readable(v)}`;
  if (Array.isArray(value)) {
    if (value.length === 0) return "none";
    if (value.every((v) => typeof v !== "object" || v === null)) return pad + value.map((v) => readable(v)).join(", ");
    return value.map((v) => `${pad}-${inner(v)}`).join("\n");
  }
  const entries = Object.entries(value);
  if (entries.length === 0) return "none";
  return entries.map(([name, v]) => `${pad}${name}:${inner(v)}`).join("\n");
}
