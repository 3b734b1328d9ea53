import { describe, expect, it } from "vitest";

import { csvOf, periodOf } from "./period";
import { tableOf, type Row } from "./report";
import type { Definition } from "./useLiveData";

const definitions: Definition[] = [
  { name: "arrived", label: "Arrived", text: "…", unit: "count", clock: "" },
  { name: "abandon_rate", label: "Abandon rate", text: "…", unit: "percent", clock: "" },
  { name: "average_wait", label: "Average wait", text: "…", unit: "seconds", clock: "wall" },
];
const row = (change: object): Row =>
  ({ id: "q", name: "Sales", at: "2026-03-02T00:00:00Z", arrived: 4, abandon_rate: 0.25, average_wait: 75, ...change }) as unknown as Row;

describe("a report", () => {
  it("shows what is known, and nothing where nothing was", () => {
    expect(tableOf([row({}), row({ name: null, abandon_rate: null, average_wait: null })], definitions, "whole", "Queue")).toEqual([
      ["Queue", "Arrived", "Abandon rate", "Average wait"],
      ["Sales", "4", "25%", "1 m"],
      ["Deleted queue", "4", "–", "–"],
    ]);
    expect(tableOf([row({})], definitions, "day", "Queue")[0]?.[0]).toBe("Day");
  });

  it("is CSV that no spreadsheet runs", () => {
    expect(
      csvOf([
        ["a", 'say "x", y'],
        ["=1+1", "-3"],
      ]),
    ).toBe('\ufeffa,"say ""x"", y"\r\n\'=1+1,-3\r\n');
  });

  it("begins with a day", () => {
    const now = new Date(2026, 2, 10, 9, 30, 15);
    expect(periodOf("today", now)).toEqual({
      from: new Date(2026, 2, 10).toISOString(),
      until: new Date(2026, 2, 10, 9, 31).toISOString(),
    });
    expect(periodOf("yesterday", now)).toEqual({ from: new Date(2026, 2, 9).toISOString(), until: new Date(2026, 2, 10).toISOString() });
    expect(periodOf("7d", now).from).toBe(new Date(2026, 2, 4).toISOString());
  });
});
