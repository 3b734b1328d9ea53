import { formatDuration } from "../ui/time";
import type { components } from "../../../shared/schema";
import type { Bucket } from "./period";
import type { Definition } from "./useLiveData";

export type QueueReport = components["schemas"]["QueueReport"];
export type AgentReport = components["schemas"]["AgentReport"];
export type Row = QueueReport["items"][number] | AgentReport["items"][number];

const percent = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 1 });

/** figureText is a figure as people read it. */
export function figureText(of: Definition, row: Row): string {
  const value = (row as unknown as Record<string, unknown>)[of.name];
  if (typeof value !== "number") return "–";
  switch (of.unit) {
    case "seconds":
      return formatDuration(value * 1000);
    case "percent":
      return percent.format(value);
    case "count":
      return String(value);
  }
}

/** partText names a part of the time. */
export function partText(at: string, bucket: Bucket): string {
  const day = { weekday: "short", day: "numeric", month: "short" } as const;
  return new Intl.DateTimeFormat(undefined, bucket === "hour" ? { ...day, hour: "2-digit", minute: "2-digit" } : day).format(new Date(at));
}

/** tableOf is a report as the page and its CSV show it: a head, and a line for each row. */
export function tableOf(items: readonly Row[], definitions: readonly Definition[], bucket: Bucket, who: string): string[][] {
  const head = [...(bucket === "whole" ? [] : [bucket === "day" ? "Day" : "Hour"]), who, ...definitions.map((d) => d.label)];
  const lines = items.map((r) => [
    ...(bucket === "whole" ? [] : [partText(r.at, bucket)]),
    r.name ?? "Deleted queue",
    ...definitions.map((d) => figureText(d, r)),
  ]);
  return [head, ...lines];
}
