import type { components } from "../../../../shared/schema";
import { formatDuration } from "../../ui/time";
import type { Piece } from "./sentence";

export type AssignmentRule = components["schemas"]["AssignmentRule"];
type Skills = NonNullable<AssignmentRule["skills"]>;
type Method = NonNullable<AssignmentRule["method"]>;

export const skillChoices: { value: Skills; label: string; says: string }[] = [
  { value: "exact", label: "Every skill, as well as asked for", says: "of those who have every skill as well as asked for" },
  { value: "closest", label: "Whoever comes closest", says: "of those who come closest to the skills" },
  { value: "none", label: "Skills do not matter", says: "of everybody" },
];

export const methods: { value: Method; label: string; says: string; explains: string }[] = [
  {
    value: "highest_capacity",
    label: "Highest capacity",
    says: "whoever has the most room",
    explains: "The person with the most free capacity. Work spreads by how much everybody can take.",
  },
  {
    value: "round_robin",
    label: "Round robin",
    says: "whose turn it is",
    explains: "One after the other, however much they have. Everybody gets as many.",
  },
  {
    value: "least_active",
    label: "Least active",
    says: "whose work ended longest ago",
    explains: "The person whose last conversation ended longest ago. Good where breaks between conversations matter.",
  },
  {
    value: "most_idle",
    label: "Most idle",
    says: "whose capacity is used least",
    explains: "The person who uses the smallest part of their capacity, so part-timers and full-timers are loaded alike.",
  },
  {
    value: "proficiency",
    label: "Proficiency",
    says: "whoever has the best ratings",
    explains: "The person with the best ratings in the skills that are asked for.",
  },
];

/** usualRules are what counts without any rule. */
export const usualRules: AssignmentRule[] = [{ after: 0, skills: "exact", method: "highest_capacity" }];

/** assignmentSentence says what a rule does. */
export function assignmentSentence(r: AssignmentRule): Piece[] {
  const skills = skillChoices.find((s) => s.value === (r.skills ?? "exact"))?.says ?? "";
  const method = methods.find((m) => m.value === (r.method ?? "highest_capacity"))?.says ?? "";
  const when: Piece[] = r.after ? ["After ", { strong: formatDuration(r.after * 1000) }, " of waiting, ask "] : ["At once, ask "];
  return [...when, { strong: method }, ", ", skills, "."];
}

/** problems say what is wrong with the rules, by their place. */
export function problems(rules: AssignmentRule[]): Record<number, string> {
  const out: Record<number, string> = {};
  rules.forEach((r, i) => {
    const before = rules[i - 1];
    if (i === 0 && r.after) out[i] = "The first rule must apply at once: nobody could be asked before.";
    else if (before && (r.after ?? 0) < (before.after ?? 0)) out[i] = "It must not apply earlier than the rule before it.";
  });
  return out;
}
