import type { Attribute } from "./attributes";
import type { Facts } from "./calls";
import { read } from "./conditions";
import type { Draft } from "./model";

const usual = ["channel.kind", "contact.language", "message.text"];
const decided = /^(priority|capacity_profile|skills|time)\b/; // rules set them, or the moment tells

/** askedFor are the attributes that the rules ask about, besides the usual ones: what is worth making up. */
export function askedFor(draft: Draft, attributes: Attribute[]): Attribute[] {
  const rules = [...draft.sets.flatMap((s) => s.rules), ...draft.route];
  const paths = new Set(usual);
  for (const { when } of rules) {
    const condition = read(when);
    if (condition) for (const t of condition.tests) paths.add(t.path);
    else for (const a of attributes) if (when.includes(a.path)) paths.add(a.path);
  }
  const wanted = attributes.filter((a) => paths.has(a.path) && !decided.test(a.path));
  return wanted.sort((a, b) => Number(usual.includes(b.path)) - Number(usual.includes(a.path)));
}

/** factsOf are made-up values as the API takes them. */
export function factsOf(values: Record<string, string>, attributes: Attribute[]): Facts {
  const facts: Record<string, Record<string, string | number | boolean>> = {};
  for (const a of attributes) {
    const value = values[a.path];
    if (value === undefined || value === "") continue;
    const [, group = "", plain, quoted] = /^(\w+)(?:\.(\w+)|\[(".*")\])$/.exec(a.path) ?? [];
    const name = quoted === undefined ? (plain ?? "") : (JSON.parse(quoted) as string);
    const of = (facts[group] ??= {});
    of[name] = a.kind === "number" ? Number(value) : a.kind === "flag" ? value === "yes" : value;
  }
  const first = facts["message"]?.["text"];
  if (first !== undefined) facts["channel"] = { first_message: first, ...facts["channel"] };
  return facts as Facts;
}
