import { sameRule, type Draft, type Part, type Rule } from "./model";

/** Clash is a rule that two people changed at the same time, in different ways. */
export interface Clash {
  part: string; // name of the ruleset; "": the route
  name: string;
  mine: Rule | undefined; // undefined: deleted
  theirs: Rule | undefined;
}

export interface MergedRules {
  draft: Draft;
  clashes: Clash[];
  taken: string[]; // names of rules that only the other person changed
}

interface Lists<T> {
  before: T[];
  mine: T[];
  theirs: T[];
}

const byName = <T extends { name: string }>(list: T[]) => new Map(list.map((one) => [one.name, one]));
const order = (list: { name: string }[]) => list.map((one) => one.name).join("\n");

/** inOrder lists everything by name: in my order if I changed it, else in theirs, with what only the other has beside its neighbour. */
function inOrder<T extends { name: string }>({ before, mine, theirs }: Lists<T>): string[] {
  const keep = order(mine) !== order(before);
  const [main, other] = keep ? [mine, theirs] : [theirs, mine];
  const names = main.map((one) => one.name);
  other.forEach((one, i) => {
    if (names.includes(one.name)) return;
    const neighbour = other[i - 1];
    names.splice(neighbour ? names.indexOf(neighbour.name) + 1 : 0, 0, one.name);
  });
  return names;
}

function mergeRules(part: string, lists: Lists<Rule>, out: MergedRules): Rule[] {
  const [before, mine, theirs] = [byName(lists.before), byName(lists.mine), byName(lists.theirs)];
  return inOrder(lists).flatMap((name): Rule[] => {
    const [was, my, their] = [before.get(name), mine.get(name), theirs.get(name)];
    if (sameRule(was, their)) return my ? [my] : [];
    if (sameRule(was, my)) {
      out.taken.push(name);
      return their ? [their] : [];
    }
    if (!sameRule(my, their)) out.clashes.push({ part, name, mine: my, theirs: their });
    return my ? [my] : [];
  });
}

/** mergeDrafts keeps what I changed, and takes what somebody else saved where I changed nothing. */
export function mergeDrafts(before: Draft, mine: Draft, theirs: Draft): MergedRules {
  const out: MergedRules = { draft: mine, clashes: [], taken: [] };
  const mySets = byName(mine.sets);
  const theirSets = byName(theirs.sets);
  const oldSets = byName(before.sets);
  const sets = inOrder({ before: before.sets, mine: mine.sets, theirs: theirs.sets }).flatMap((name): Part[] => {
    const [was, my, their] = [oldSets.get(name), mySets.get(name), theirSets.get(name)];
    if (was && (!my || !their)) {
      const left = my ?? their; // one of us deleted it: it goes, unless the other changed it
      return left && JSON.stringify(left) !== JSON.stringify(was) ? [left] : [];
    }
    return [{ name, rules: mergeRules(name, { before: was?.rules ?? [], mine: my?.rules ?? [], theirs: their?.rules ?? [] }, out) }];
  });
  const route = mergeRules("", { before: before.route, mine: mine.route, theirs: theirs.route }, out);
  const pick = (field: "zone" | "fallback") => (mine[field] === before[field] ? theirs[field] : mine[field]);
  out.draft = { zone: pick("zone"), fallback: pick("fallback"), sets, route };
  return out;
}

/** takeTheirs puts the other person's form of a rule into the draft. */
export function takeTheirs(draft: Draft, clash: Clash): Draft {
  const put = (rules: Rule[]): Rule[] => {
    const there = rules.some((r) => r.name === clash.name);
    if (!clash.theirs) return rules.filter((r) => r.name !== clash.name);
    return there ? rules.map((r) => (r.name === clash.name ? (clash.theirs as Rule) : r)) : [...rules, clash.theirs];
  };
  if (clash.part === "") return { ...draft, route: put(draft.route) };
  return { ...draft, sets: draft.sets.map((s) => (s.name === clash.part ? { ...s, rules: put(s.rules) } : s)) };
}

/** Change is one difference between what is saved and a draft. */
export interface Change {
  what: "Added" | "Deleted" | "Changed" | "Moved";
  part: string;
  name: string;
  before?: Rule;
  after?: Rule;
}

function ruleChanges(part: string, before: Rule[], after: Rule[]): Change[] {
  const [was, is] = [byName(before), byName(after)];
  const out: Change[] = [];
  for (const r of before) if (!is.has(r.name)) out.push({ what: "Deleted", part, name: r.name, before: r });
  for (const r of after) {
    const old = was.get(r.name);
    if (!old) out.push({ what: "Added", part, name: r.name, after: r });
    else if (!sameRule(old, r)) out.push({ what: "Changed", part, name: r.name, before: old, after: r });
  }
  const stay = (list: Rule[], other: Map<string, Rule>) => list.filter((r) => other.has(r.name)).map((r) => r.name);
  const [a, b] = [stay(before, is), stay(after, was)];
  b.forEach((name, i) => {
    if (a[i] !== name && !out.some((c) => c.name === name)) out.push({ what: "Moved", part, name });
  });
  return out;
}

/** changesBetween lists what a draft changes, rule by rule. */
export function changesBetween(before: Draft, after: Draft): Change[] {
  const [was, is] = [byName(before.sets), byName(after.sets)];
  const names = [...new Set([...before.sets, ...after.sets].map((s) => s.name))];
  const out = names.flatMap((name) => ruleChanges(name, was.get(name)?.rules ?? [], is.get(name)?.rules ?? []));
  for (const name of names)
    if (!was.has(name) || !is.has(name)) out.push({ what: is.has(name) ? "Added" : "Deleted", part: name, name: "" });
  if (order(before.sets) !== order(after.sets) && before.sets.length === after.sets.length)
    out.push({ what: "Moved", part: "", name: "The order of the rulesets" });
  out.push(...ruleChanges("", before.route, after.route));
  if (before.fallback !== after.fallback) out.push({ what: "Changed", part: "", name: "Where everything else goes" });
  if (before.zone !== after.zone) out.push({ what: "Changed", part: "", name: "Time zone" });
  return out;
}
