import type { Campaign } from "./useCampaigns";

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
  refusals: "It paused by itself: too many messages were refused, failed or are in doubt. Look at the reasons before it goes on.",
  account: "It paused by itself: the provider refused the account. An administrator must look at it.",
  past_due: "Its start had passed while nothing ran. It waits for you to say that it should go all the same.",
};

export const whyPaused = (c: Campaign): string => pauses[c.pause_reason] ?? "It is paused.";

export const count = (n: number): string => new Intl.NumberFormat().format(n);

/** parts are what became of the recipients, each counted once, in the order of the chart. */
export function parts(c: Campaign): { label: string; n: number; color: string }[] {
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
