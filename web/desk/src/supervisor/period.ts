export type Bucket = "whole" | "day" | "hour";
export type Span = "today" | "yesterday" | "7d" | "30d";

export const spans: { value: Span; label: string }[] = [
  { value: "today", label: "Today" },
  { value: "yesterday", label: "Yesterday" },
  { value: "7d", label: "Last 7 days" },
  { value: "30d", label: "Last 30 days" },
];

/** zoneHere is the time zone of whoever looks, in which a report's days and hours are. */
export const zoneHere = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** periodOf is the time of a report, from the beginning of a day. Until now is rounded up, so that a refetch asks for the same. */
export function periodOf(span: Span, now: Date): { from: string; until: string } {
  const day = (back: number) => new Date(now.getFullYear(), now.getMonth(), now.getDate() - back);
  const next = new Date(Math.ceil(now.getTime() / 60_000) * 60_000);
  const [from, until] = { today: [0, next], yesterday: [1, day(0)], "7d": [6, next], "30d": [29, next] }[span] as [number, Date];
  return { from: day(from).toISOString(), until: until.toISOString() };
}

/** csvOf is a table as CSV: as Excel reads it, and so that no cell becomes a formula. */
export function csvOf(rows: readonly (readonly string[])[]): string {
  const cell = (text: string) => {
    const safe = /^[=+\-@\t\r]/.test(text) && !/^-?\d+([.,]\d+)?$/.test(text) ? `'${text}` : text;
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  return `\ufeff${rows.map((r) => r.map(cell).join(",")).join("\r\n")}\r\n`;
}
