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
  by_hand: "Paused by a user.",
  refusals: "Paused automatically: too many messages were refused, failed or are unconfirmed. Check the reasons before you resume.",
  account: "Paused automatically: the provider rejected the account. Ask an administrator to check it.",
  past_due: "The start time passed while the system was down. Resume to send it anyway.",
};

export const pauseText = (c: Campaign): string => pauses[c.pause_reason] ?? "Paused.";

export const formatCount = (n: number): string => new Intl.NumberFormat().format(n);

/** progressParts counts each recipient once by status, in the order of the bar. */
export function progressParts(c: Campaign): { label: string; n: number; color: string }[] {
  const p = c.progress;
  return [
    { label: "Read", n: p.read, color: "var(--chart-read)" },
    { label: "Delivered", n: p.delivered - p.read, color: "var(--chart-delivered)" },
    { label: "Sent", n: p.sent - p.delivered, color: "var(--chart-sent)" },
    { label: "Unconfirmed", n: p.unknown, color: "var(--chart-unknown)" },
    { label: "Failed", n: p.failed, color: "var(--chart-failed)" },
    { label: "Refused", n: p.refused, color: "var(--chart-refused)" },
    { label: "Waiting", n: p.waiting, color: "var(--chart-waiting)" },
  ].map((x) => ({ ...x, n: Math.max(0, x.n) }));
}

const statuses: Record<string, string> = {
  pending: "Waiting",
  sending: "Sending",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  refused: "Refused",
  failed: "Failed",
  unknown: "Unconfirmed",
};

export const statusLabel = (status: string): string => statuses[status] ?? status;

const reasons: Record<string, string> = {
  "21610": "opted out at the provider",
  opted_out: "opted out",
  no_consent: "no consent",
  missing_placeholder: "missing value for a placeholder",
  invalid_value: "a value does not fit the approved template",
  invalid_address: "invalid address",
  invalid_locale: "unknown language",
  template_not_approved: "template not approved",
  wrong_channel: "wrong channel",
  gave_up: "too many retries",
  cut_off: "interrupted, and unknown to the provider",
};

/** reasonText explains a code of the delivery log; unknown codes of providers stay as they are. */
export const reasonText = (code: string): string => reasons[code] ?? code.replaceAll("_", " ");

/** countReasons counts why recipients get nothing, the most frequent reason first. */
export function countReasons(of: { code: string }[]): { why: string; n: number }[] {
  const by = new Map<string, number>();
  for (const { code } of of) if (code) by.set(code, (by.get(code) ?? 0) + 1);
  return [...by].map(([code, n]) => ({ why: reasonText(code), n })).sort((a, b) => b.n - a.n);
}

/** isQuietAt tells whether a time is within the quiet hours, in the campaign's time zone. */
export function isQuietAt(c: Pick<Campaign, "quiet_from" | "quiet_until" | "time_zone">, at: Date): boolean {
  const [from, until] = [c.quiet_from, c.quiet_until];
  if (!from || !until || from === until) return false;
  const clock = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", hourCycle: "h23", timeZone: c.time_zone }).format(
    at,
  );
  return from < until ? clock >= from && clock < until : clock >= from || clock < until;
}

export const variantLabel = (variant: number): string => (variant === 0 ? "variant A" : "variant B");

/** variantCounts counts deliveries and replies by variant. */
export function variantCounts(c: Campaign): { label: string; sent: number; read: number; replied: number; optedOut: number }[] {
  return [0, 1].map((v) => {
    const of = (...statuses: string[]) =>
      c.progress.counts.filter((x) => x.variant === v && statuses.includes(x.status)).reduce((sum, x) => sum + x.count, 0);
    return {
      label: v === 0 ? "Variant A" : "Variant B",
      sent: of("sent", "delivered", "read"),
      read: of("read"),
      replied: of("replied"),
      optedOut: of("opted_out"),
    };
  });
}
