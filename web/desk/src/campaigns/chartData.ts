import { formatCount } from "./labels";
import type { Campaign, Timeline } from "./types";

type Bucket = Timeline["items"][number];
export type Series = "sent" | "delivered" | "read" | "failed";

/** seriesList are the lines of the chart, in the colours of the progress bar, each with its own dash. */
export const seriesList: { kind: Series; label: string; color: string; dash?: string }[] = [
  { kind: "sent", label: "Sent", color: "var(--chart-sent)" },
  { kind: "delivered", label: "Delivered", color: "var(--chart-delivered)", dash: "6 3" },
  { kind: "read", label: "Read", color: "var(--chart-read)", dash: "2 3" },
  { kind: "failed", label: "Failed", color: "var(--chart-failed)", dash: "8 3 2 3" },
];

/** axisMax is the top of the scale: the largest value, rounded up to an even, readable number. */
export function axisMax(items: Bucket[]): number {
  const largest = Math.max(1, ...items.flatMap((b) => seriesList.map((k) => b[k.kind])));
  const power = 10 ** Math.floor(Math.log10(largest));
  const step = [1, 2, 4, 6, 8, 10].find((n) => n * power >= largest) ?? 10;
  return Math.max(2, step * power);
}

export interface Frame {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** points are the points of a line, each in the middle of its bucket. */
export function points(items: Bucket[], kind: Series, frame: Frame): { x: number; y: number }[] {
  const top = axisMax(items);
  const step = frame.width / Math.max(1, items.length);
  return items.map((b, i) => ({
    x: round(frame.left + step * (i + 0.5)),
    y: round(frame.top + frame.height * (1 - b[kind] / top)),
  }));
}

const round = (n: number) => Math.round(n * 10) / 10;

export const linePath = (line: { x: number; y: number }[]): string =>
  line.map((p, i) => `${i === 0 ? "M" : "L"}${String(p.x)} ${String(p.y)}`).join("");

/** totals sums each series. */
export const totals = (items: Bucket[]): Record<Series, number> =>
  items.reduce(
    (sum, b) => ({
      sent: sum.sent + b.sent,
      delivered: sum.delivered + b.delivered,
      read: sum.read + b.read,
      failed: sum.failed + b.failed,
    }),
    {
      sent: 0,
      delivered: 0,
      read: 0,
      failed: 0,
    },
  );

/** isComplete tells whether a timeline has everything that the campaign has counted. */
export function isComplete(of: Timeline, c: Campaign): boolean {
  const sum = totals(of.items);
  const p = c.progress;
  return sum.sent >= p.sent && sum.delivered === p.delivered - p.read && sum.read === p.read && sum.failed === p.failed;
}

const units: [number, string][] = [
  [7 * 86400, "week"],
  [86400, "day"],
  [3600, "hour"],
  [60, "minute"],
  [1, "second"],
];

/** formatBucket formats a bucket's length: "10 minutes", "an hour". */
export function formatBucket(seconds: number): string {
  const [unit, name] = units.find(([u]) => seconds % u === 0) ?? [1, "second"];
  const n = seconds / unit;
  if (n === 1) return name === "hour" ? "an hour" : `a ${name}`;
  return `${formatCount(n)} ${name}s`;
}

/** bucketFormat formats a bucket's local time, as exactly as its length requires. */
export function bucketFormat(seconds: number): Intl.DateTimeFormat {
  const day = { day: "numeric", month: "short" } as const;
  if (seconds >= 86400) return new Intl.DateTimeFormat(undefined, day);
  if (seconds >= 3600) return new Intl.DateTimeFormat(undefined, { ...day, hour: "2-digit", minute: "2-digit" });
  return new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit", ...(seconds < 60 && { second: "2-digit" }) });
}

/** nonEmpty returns the buckets with deliveries, which the table lists. */
export const nonEmpty = (items: Bucket[]): Bucket[] => items.filter((b) => seriesList.some((k) => b[k.kind] > 0));
