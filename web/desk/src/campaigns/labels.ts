import type { Campaign } from "./types";

const states: Record<Campaign["state"], { label: string; color: string }> = {
  draft: { label: "Draft", color: "gray" },
  scheduled: { label: "Scheduled", color: "grape" },
  running: { label: "Running", color: "green" },
  paused: { label: "Paused", color: "orange" },
  finished: { label: "Finished", color: "line" },
  canceled: { label: "Cancelled", color: "red" },
};

export const stateOf = (c: Campaign) => states[c.state];

const pauses: Record<string, string> = {
  by_hand: "Somebody paused it.",
  countReasons: "It paused by itself: too many messages were refused, failed or are in doubt. Look at the reasons before it goes on.",
  account: "It paused by itself: the provider refused the account. An administrator must look at it.",
  past_due: "Its start had passed while nothing ran. It waits for you to say that it should go all the same.",
};

export const pauseText = (c: Campaign): string => pauses[c.pause_reason] ?? "It is paused.";

export const formatCount = (n: number): string => new Intl.NumberFormat().format(n);

/** progressParts are what became of the recipients, each counted once, in the order of the chart. */
export function progressParts(c: Campaign): { label: string; n: number; color: string }[] {
  const p = c.progress;
  return [
    { label: "Read", n: p.read, color: "var(--chart-read)" },
    { label: "Delivered", n: p.delivered - p.read, color: "var(--chart-delivered)" },
    { label: "Sent", n: p.sent - p.delivered, color: "var(--chart-sent)" },
    { label: "In doubt", n: p.unknown, color: "var(--chart-unknown)" },
    { label: "Failed", n: p.failed, color: "var(--chart-failed)" },
    { label: "Refused", n: p.refused, color: "var(--chart-refused)" },
    { label: "Waiting", n: p.waiting, color: "var(--chart-waiting)" },
  ].map((x) => ({ ...x, n: Math.max(0, x.n) }));
}

const statuses: Record<string, string> = {
  pending: "Waiting",
  sending: "On its way",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  refused: "Refused",
  failed: "Failed",
  unknown: "In doubt",
};

export const statusLabel = (status: string): string => statuses[status] ?? status;

const reasons: Record<string, string> = {
  "21610": "has opted out at the provider",
  opted_out: "has opted out",
  no_consent: "has not agreed to be written to",
  missing_placeholder: "a placeholder has no value",
  invalid_value: "a value does not fit the approved text",
  invalid_address: "is no address",
  invalid_locale: "no such language",
  template_not_approved: "the template is not approved",
  wrong_channel: "is for another channel",
  gave_up: "was put off too often",
  cut_off: "it was cut off, and the provider does not know it",
};

/** reasonText is what a ledger's code means; the provider's own stay numbers. */
export const reasonText = (code: string): string => reasons[code] ?? code.replaceAll("_", " ");

/** refusals are why some recipients get nothing, the most frequent first. */
export function refusals(of: { code: string }[]): { why: string; n: number }[] {
  const by = new Map<string, number>();
  for (const { code } of of) if (code) by.set(code, (by.get(code) ?? 0) + 1);
  return [...by].map(([code, n]) => ({ why: reasonText(code), n })).sort((a, b) => b.n - a.n);
}

/** isQuietAt tells whether nothing is sent at a time, by the campaign's own clock; recipients elsewhere have theirs. */
export function isQuietAt(c: Pick<Campaign, "quiet_from" | "quiet_until" | "time_zone">, at: Date): boolean {
  const [from, until] = [c.quiet_from, c.quiet_until];
  if (!from || !until || from === until) return false;
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: c.time_zone }).format(
    at,
  );
  return from < until ? clock >= from && clock < until : clock >= from || clock < until;
}

export const variantLabel = (variant: number): string => (variant === 0 ? "first wording" : "other wording");

/** variantCounts compares what became of the two wordings. */
export function variantCounts(c: Campaign): { label: string; sent: number; read: number; replied: number; optedOut: number }[] {
  return [0, 1].map((v) => {
    const of = (...statuses: string[]) =>
      c.progress.counts.filter((x) => x.variant === v && statuses.includes(x.status)).reduce((sum, x) => sum + x.count, 0);
    return {
      label: v === 0 ? "The first" : "The other",
      sent: of("sent", "delivered", "read"),
      read: of("read"),
      replied: of("replied"),
      optedOut: of("opted_out"),
    };
  });
}
