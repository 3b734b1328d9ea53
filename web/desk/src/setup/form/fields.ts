import { Problem } from "../../api/client";

/** Value is what one field of a form holds. */
export type Value = string | number | boolean | null | string[];

/** Values are a form's, by the API's name of the field; a dot leads into an object: "settings.channel_id". */
export type Values = Record<string, Value>;

export interface Option {
  value: string;
  label: string;
  help?: string; // of checks: a sentence below the label
  group?: string; // of checks: under which words it stands
}

/** Field describes one field of a form. */
export interface Field {
  name: string;
  label: string;
  kind: "text" | "email" | "secret" | "number" | "select" | "switch" | "lines" | "multiline" | "color" | "checks";
  help?: string;
  required?: boolean;
  options?: Option[]; // of select and checks
  none?: string; // of select: how "nothing" is called, which is stored as null
  min?: number;
  max?: number;
  placeholder?: string;
  maxLength?: number;
  group?: string; // under which heading it is shown
  /** check returns what is wrong with a value that is not empty. */
  check?: (value: string) => string | undefined;
  when?: (all: Values) => boolean; // it is shown
}

export const isEmpty = (value: Value | undefined): boolean =>
  value === undefined || value === null || value === "" || (Array.isArray(value) && value.length === 0);

export const sameValue = (a: Value | undefined, b: Value | undefined): boolean => JSON.stringify(a ?? null) === JSON.stringify(b ?? null);

/** shown are the fields that a form has for these values. */
export const shown = (fields: Field[], all: Values): Field[] => fields.filter((f) => f.when?.(all) ?? true);

/** checkAll returns what is wrong with the values, by field. */
export function checkAll(fields: Field[], all: Values): Record<string, string> {
  const wrong: Record<string, string> = {};
  for (const f of shown(fields, all)) {
    const value = all[f.name];
    const problem = isEmpty(value) || (typeof value === "string" && !value.trim()) ? missing(f) : checkOne(f, value);
    if (problem) wrong[f.name] = problem;
  }
  return wrong;
}

const missing = (f: Field): string | undefined => (f.required ? `${f.label} is required.` : undefined);

function checkOne(f: Field, value: Value | undefined): string | undefined {
  if (!f.check) return undefined;
  for (const one of Array.isArray(value) ? value : [String(value).trim()]) {
    const problem = f.check(one);
    if (problem) return problem;
  }
  return undefined;
}

/** changesOf are the shown fields that differ from what is stored. */
export function changesOf(fields: Field[], stored: Values, now: Values): Values {
  const changed: Values = {};
  for (const f of shown(fields, now)) if (!sameValue(stored[f.name], now[f.name])) changed[f.name] = now[f.name] ?? null;
  return changed;
}

/** nested turns {"settings.id": 1} into {settings: {id: 1}}, as the API takes it. */
export function nested(values: Values): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(values)) {
    const path = name.split(".");
    const last = path.pop() ?? name;
    let at = out;
    for (const part of path) at = (at[part] ??= {}) as Record<string, unknown>;
    at[last] = value;
  }
  return out;
}

/** valuesOf reads the fields' values out of what the API answered. */
export function valuesOf(fields: Field[], from: unknown): Values {
  const out: Values = {};
  for (const f of fields) {
    let at: unknown = from;
    for (const part of f.name.split(".")) at = (at as Record<string, unknown> | null | undefined)?.[part];
    out[f.name] = (at as Value | undefined) ?? emptyOf(f);
  }
  return out;
}

/** emptyOf is what a field holds before somebody filled it in. */
export function emptyOf(f: Field): Value {
  if (f.kind === "switch") return false;
  if (f.kind === "lines" || f.kind === "checks") return [];
  return f.kind === "number" || (f.kind === "select" && f.none !== undefined) ? null : "";
}

/** serverErrors are what the server says about single fields, for those that the form has. */
export function serverErrors(error: unknown, fields: Field[]): Record<string, string> {
  const wrong: Record<string, string> = {};
  if (!(error instanceof Problem)) return wrong;
  for (const e of error.document?.errors ?? []) {
    const name = e.field.replace(/\[\d+\].*$/, "");
    const field = fields.find((f) => f.name === name) ?? fields.find((f) => name.startsWith(`${f.name}.`));
    if (field) wrong[field.name] ??= sentence(e.reason);
  }
  return wrong;
}

const sentence = (reason: string): string => reason.charAt(0).toUpperCase() + reason.slice(1).replace(/\.$/, "") + ".";

/** Difference is a field that two people changed at the same time. */
export interface Difference {
  field: Field;
  mine: Value;
  theirs: Value;
}

export interface Merged {
  now: Values;
  differences: Difference[]; // both changed it, to different values
  taken: Field[]; // only the other person changed it
}

/** merge keeps what I typed, and takes what somebody else saved in the fields that I did not touch. */
export function merge(fields: Field[], before: Values, mine: Values, theirs: Values): Merged {
  const out: Merged = { now: { ...mine }, differences: [], taken: [] };
  for (const field of fields) {
    const [was, my, their] = [before[field.name] ?? null, mine[field.name] ?? null, theirs[field.name] ?? null];
    if (sameValue(was, their)) continue;
    if (sameValue(was, my)) {
      out.now[field.name] = their;
      out.taken.push(field);
    } else if (!sameValue(my, their)) out.differences.push({ field, mine: my, theirs: their });
  }
  return out;
}

/** readable is a value as people read it. */
export function readable(field: Field, value: Value): string {
  if (typeof value === "boolean") return value ? "On" : "Off";
  const label = (one: Value) => field.options?.find((o) => o.value === one)?.label ?? String(one);
  if (value === null || value === "") return field.none ?? "Nothing";
  if (Array.isArray(value)) return value.length === 0 ? "Nothing" : value.map(label).join(", ");
  return label(value);
}
