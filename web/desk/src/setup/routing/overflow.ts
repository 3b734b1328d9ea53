import type { components } from "../../../../shared/schema";
import { formatDuration } from "../../ui/time";
import { overflowText } from "./outcome";
import type { Piece } from "./sentence";

export type OverflowRule = components["schemas"]["OverflowRules"]["rules"][number];
export type When = OverflowRule["when"];
export type Action = OverflowRule["action"];

export const whens: { value: When; label: string }[] = [
  { value: "out_of_hours", label: "the queue is closed" },
  { value: "size", label: "as many conversations wait" },
  { value: "longest_wait", label: "somebody has waited for so long" },
  { value: "expected_wait", label: "the expected wait is so long" },
  { value: "waited", label: "a conversation has waited in it for so long" },
];

const actions: { value: Action; label: string }[] = [
  { value: "assign", label: "let it enter all the same" },
  { value: "wait", label: "let it wait for the opening" },
  { value: "transfer", label: "send it to another queue" },
  { value: "callback", label: "tell the customer, and try again later" },
  { value: "end", label: "tell the customer why, and end it" },
];

/** actionsOf are what can be done about a condition. */
export const actionsOf = (when: When) =>
  actions.filter(({ value }) => (value === "wait" ? when === "out_of_hours" : value === "assign" ? when !== "waited" : true));

/** unitOf is what the limit of a condition counts; nothing: it has none. */
export const unitOf = (when: When): "conversations" | "minutes" | null =>
  when === "out_of_hours" ? null : when === "size" ? "conversations" : "minutes";

/** ruleOf is a rule with only what its condition and its action take. */
export function ruleOf(rule: OverflowRule): OverflowRule {
  const action = actionsOf(rule.when).some((a) => a.value === rule.action) ? rule.action : "transfer";
  const limit = rule.when === "out_of_hours" ? 0 : Math.max(1, rule.limit);
  return {
    when: rule.when,
    limit,
    action,
    ...(action === "transfer" && { to: rule.to ?? "" }),
    ...(action === "callback" && { after: rule.after ?? 3600 }),
  };
}

/** overflowSentence says what a rule does. */
export function overflowSentence(rule: OverflowRule, queue: (id: string) => string): Piece[] {
  const when: Piece[] = ["If ", { strong: overflowText(rule.when, rule.limit) }, ", "];
  switch (rule.action) {
    case "transfer":
      return [...when, "send it to ", { strong: queue(rule.to ?? "") }, "."];
    case "callback":
      return [...when, "tell the customer and try again after ", { strong: formatDuration((rule.after ?? 0) * 1000) }, "."];
    default:
      return [...when, actions.find((a) => a.value === rule.action)?.label ?? rule.action, "."];
  }
}
