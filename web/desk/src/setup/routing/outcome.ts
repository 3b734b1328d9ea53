import { formatDateTime, formatDuration } from "../../ui/time";
import type { Decision } from "./model";

type Outcome = Pick<Decision, "queue" | "outcome">;

/** goesTo says in a few words where a conversation goes. */
export function goesTo({ queue, outcome }: Outcome, name: (id: string) => string): string {
  switch (outcome) {
    case "held":
      return `${name(queue)}, when it opens`;
    case "callback":
      return `${name(queue)}, tried again later`;
    case "ended":
      return `Ends: ${name(queue)} does not take it`;
    default:
      return name(queue);
  }
}

const conditions: Record<string, (limit: number) => string> = {
  out_of_hours: () => "it is closed",
  size: (n) => `${n} or more wait in it`,
  longest_wait: (s) => `somebody has waited for ${formatDuration(s * 1000)} or longer`,
  expected_wait: (s) => `the expected wait is ${formatDuration(s * 1000)} or longer`,
  waited: (s) => `it has waited there for ${formatDuration(s * 1000)}`,
};

/** overflowText is a condition of overflow in words. */
export const overflowText = (when: string, limit: number): string => conditions[when]?.(limit) ?? when;

/** steps say how a decision came about, one sentence each. */
export function steps(d: Decision, name: (id: string) => string): string[] {
  const out: string[] = [];
  for (const set of d.rulesets) {
    out.push(set.rule ? `${set.name}: rule “${set.rule}” matched.` : `${set.name}: no rule matched.`);
    for (const f of set.failed) out.push(`${set.name}: rule “${f.rule}” was passed over: ${f.reason}`);
  }
  for (const f of d.failed) out.push(`Rule “${f.rule}” was passed over: ${f.reason}`);
  for (const r of d.refused)
    out.push(
      r.reason === "no_queue"
        ? `Rule “${r.rule}” matched, but its queue is gone.`
        : `Rule “${r.rule}” matched, but ${name(r.queue)} overflows${r.when ? `: ${overflowText(r.when, r.limit ?? 0)}` : ""}.`,
    );
  out.push(d.explanation);
  for (const c of d.overflow) {
    const who = c.closed === "address" ? "Our number or chat is closed" : `${name(c.queue)}: ${overflowText(c.when, c.limit)}`;
    const does = {
      assign: "it enters all the same",
      wait: "it waits for the opening",
      end: "it ends",
      callback: "it is tried again later",
    };
    out.push(`${who}, so ${c.action === "transfer" ? `it goes on to ${name(c.to ?? "")}` : does[c.action as keyof typeof does]}.`);
  }
  if (d.outcome === "held") out.push(d.until ? `It opens ${formatDateTime(d.until)}.` : "It does not open within five years.");
  return out;
}

/** needs is what a conversation was classified as. */
export function needs(d: Pick<Decision, "priority" | "capacity_profile" | "skills">): string {
  const parts = Object.entries(d.skills).map(([skill, rating]) => `${skill} ${rating}`);
  if (d.priority !== null) parts.push(`priority ${d.priority}`);
  if (d.capacity_profile !== null) parts.push(`profile ${d.capacity_profile}`);
  return parts.join(", ");
}
