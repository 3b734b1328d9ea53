import type { components } from "../../../../shared/schema";

type Schemas = components["schemas"];
export type Model = Schemas["RoutingModel"];
export type Value = string | number | { expr: string };
export type Share = Schemas["RouteRule"]["queues"][number];
export type Decision = Schemas["Decision"];

/** Rule is a rule of either kind: one that classifies sets outputs, one of the route names queues. */
export interface Rule {
  name: string;
  when: string;
  set: Record<string, Value>;
  queues: Share[];
}

/** Part is an ordered list of rules: a ruleset, or the route. */
export interface Part {
  name: string;
  rules: Rule[];
}

/** Draft is all the routing rules of a workstream while they are edited. */
export interface Draft {
  zone: string;
  sets: Part[];
  route: Rule[];
  fallback: string;
}

/** draftOf reads what the API keeps. */
export function draftOf(m: Model): Draft {
  return {
    zone: m.zone ?? "",
    sets: (m.classification ?? []).map((s) => ({
      name: s.name,
      rules: (s.rules ?? []).map((r) => ({ name: r.name, when: r.when ?? "", set: r.set ?? {}, queues: [] })),
    })),
    route: (m.route?.rules ?? []).map((r) => ({ name: r.name, when: r.when ?? "", set: {}, queues: r.queues })),
    fallback: m.route?.fallback ?? "",
  };
}

/** modelOf is a draft as the API takes it. */
export function modelOf(d: Draft): Model {
  return {
    zone: d.zone,
    classification: d.sets.map((s) => ({ name: s.name, rules: s.rules.map(({ name, when, set }) => ({ name, when, set })) })),
    route: { rules: d.route.map(({ name, when, queues }) => ({ name, when, queues })), fallback: d.fallback },
  };
}

export const sameDraft = (a: Draft, b: Draft): boolean => JSON.stringify(modelOf(a)) === JSON.stringify(modelOf(b));
export const sameRule = (a: Rule | undefined, b: Rule | undefined): boolean => JSON.stringify(a) === JSON.stringify(b);

/** moved is a list with one element at another place. */
export function moved<T>(list: T[], from: number, to: number): T[] {
  const out = [...list];
  const [one] = out.splice(from, 1);
  if (one !== undefined) out.splice(to, 0, one);
  return out;
}

/** freeName is a name that no rule of a list has: "Dutch", "Dutch 2". */
export function freeName(wanted: string, taken: string[]): string {
  let name = wanted;
  for (let n = 2; taken.includes(name); n++) name = `${wanted} ${n}`;
  return name;
}

/** Where says which part a rule is in: a ruleset by its place, or the route. */
export type Where = number | "route";

export const rulesAt = (d: Draft, where: Where): Rule[] => (where === "route" ? d.route : (d.sets[where]?.rules ?? []));

/** withRules is a draft with other rules in one part. */
export const withRules = (d: Draft, where: Where, rules: Rule[]): Draft =>
  where === "route" ? { ...d, route: rules } : { ...d, sets: d.sets.map((s, i) => (i === where ? { ...s, rules } : s)) };
