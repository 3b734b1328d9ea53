import type { Attribute } from "./attributes";
import { fits, needsValue, operators, read, takesMany, type Test } from "./conditions";
import type { Rule, Share, Value } from "./model";

/** Piece is a part of a sentence: plain, or emphasised because somebody chose it, or an expression. */
export type Piece = string | { strong: string } | { code: string };

export const textOf = (pieces: Piece[]): string =>
  pieces.map((p) => (typeof p === "string" ? p : "strong" in p ? p.strong : p.code)).join("");

export interface Names {
  attributes: Attribute[];
  queue: (id: string) => string;
}

/** joined puts things into a list as people write it: a, b and c. */
function joined(parts: Piece[][], word: string): Piece[] {
  return parts.flatMap((part, i) => (i === 0 ? part : [i === parts.length - 1 ? ` ${word} ` : ", ", ...part]));
}

function testPieces(t: Test, attributes: Attribute[]): Piece[] {
  const attribute = attributes.find((a) => a.path === t.path);
  if (!attribute) return [{ code: t.path }];
  const label = lowerFirst(attribute.label);
  if (attribute.kind === "flag") return [t.operator === "yes" ? label : label.replace(" is ", " is not ")];
  const operator = operators[attribute.kind].find((o) => o.value === t.operator)?.label ?? t.operator;
  if (!needsValue(t.operator)) return [`${label} ${operator}`];
  const shown = (v: string): Piece[] => [{ strong: attribute.values?.find((k) => k.value === v)?.label ?? (v || "nothing") }];
  const values = takesMany(t.operator) ? joined(t.values.map(shown), "or") : shown(t.values[0] ?? "");
  return [`${label} ${operator.replace(/ one of$/, "").replace(/ none of$/, " none of")} `, ...values];
}

const lowerFirst = (s: string): string => (/^[A-Z][a-z]/.test(s) ? s.charAt(0).toLowerCase() + s.slice(1) : s);

/** conditionPieces is when a rule applies; nothing: always. */
export function conditionPieces(when: string, attributes: Attribute[]): Piece[] {
  const condition = read(when);
  if (!condition || !fits(condition, attributes)) return [{ code: when.trim() }];
  return joined(
    condition.tests.map((t) => testPieces(t, attributes)),
    condition.join,
  );
}

const valuePiece = (v: Value): Piece => (typeof v === "object" ? { code: v.expr } : { strong: String(v) });

function outputPieces(key: string, value: Value): Piece[] {
  if (key === "priority") return ["set the priority to ", valuePiece(value)];
  if (key === "capacity_profile") return ["use the capacity profile ", valuePiece(value)];
  const name = key.slice(key.indexOf(".") + 1);
  if (key.startsWith("skill.")) return ["ask for the skill ", { strong: name }, " at ", valuePiece(value)];
  return ["set ", { strong: name }, " to ", valuePiece(value)];
}

function sharePieces(queues: Share[], queue: Names["queue"]): Piece[] {
  const [first] = queues;
  if (!first) return ["send nowhere yet"];
  if (queues.length === 1) return ["send to ", { strong: queue(first.queue) }];
  return [
    "send ",
    ...joined(
      queues.map((s): Piece[] => [`${s.percent} % to `, { strong: queue(s.queue) }]),
      "and",
    ),
  ];
}

/** sentenceOf says what a rule does. */
export function sentenceOf(rule: Rule, route: boolean, { attributes, queue }: Names): Piece[] {
  const outputs = Object.entries(rule.set).map(([key, value]) => outputPieces(key, value));
  const does = route ? sharePieces(rule.queues, queue) : outputs.length > 0 ? joined(outputs, "and") : ["set nothing"];
  if (rule.when.trim() === "") return ["Always ", ...does, "."];
  return ["If ", ...conditionPieces(rule.when, attributes), ", ", ...does, "."];
}
