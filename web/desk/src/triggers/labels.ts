import { formatDuration } from "../ui/time";
import type { Trigger } from "./useTriggers";

/** scheduleText describes when a trigger sends. */
export function scheduleText(t: Trigger): string {
  if (t.kind === "event") return t.delay > 0 ? `${t.event}, ${after(t.delay)}` : t.event;
  if (t.at) return `Once, ${t.at.replace("T", " ")} (${t.time_zone})`;
  return `${t.cron} (${t.time_zone})`;
}

const after = (seconds: number) => `${formatDuration(seconds * 1000)} later`;

/** delayText describes a delay while it is typed. */
export function delayText(typed: string): string {
  const seconds = Number(typed);
  if (!Number.isInteger(seconds) || seconds < 0) return "After the event";
  return seconds === 0 ? "Immediately" : `${seconds < 60 ? "" : "About "}${after(seconds)}`;
}

export const kindLabel = (t: Trigger): string => (t.kind === "event" ? "Event" : t.at ? "One-time schedule" : "Recurring schedule");

const labels: Record<string, string> = {
  when: "Condition",
  each: "For each",
  to: "Recipient",
  optin: "Consent",
  locale: "Language",
  entityrelationshipname: "Regarding",
};

/** expressionError is an expression's error, with its field's label. */
export function expressionError(error: string): string {
  const [field = "", ...reason] = error.split(" ");
  const label = labels[field] ?? (field.startsWith("contextitems.") ? `{${field.slice("contextitems.".length)}}` : undefined);
  return label ? `“${label}” ${reason.join(" ")}.` : error;
}
