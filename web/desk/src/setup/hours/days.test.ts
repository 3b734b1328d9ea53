import { expect, test } from "vitest";

import { clockText, hoursOn } from "./days";

const day = (more: Partial<Parameters<typeof hoursOn>[0]>) => ({
  date: "2027-03-28",
  open: [],
  why: "working_hours" as const,
  reason: "",
  clock_shift: 0,
  ...more,
});
const span = (from: string, until: string) => ({ from, until });

test("a day's hours are read in their zone", () => {
  const zone = "Europe/Tallinn";
  expect(hoursOn(day({ open: [span("2026-12-28T06:00:00Z", "2026-12-28T15:00:00Z")] }), zone)).toBe("08:00 to 17:00");
  expect(hoursOn(day({ open: [span("2027-03-27T22:00:00Z", "2027-03-28T21:00:00Z")] }), zone)).toBe("All day"); // of 23 hours
  expect(hoursOn(day({ open: [span("2027-03-28T19:00:00Z", "2027-03-28T21:00:00Z")] }), zone)).toBe("22:00 to 24:00");
  expect(hoursOn(day({ why: "holiday", reason: "Christmas" }), zone)).toBe("Holiday: Christmas");
  expect(hoursOn(day({ why: "closed" }), zone)).toBe("Closed");
  const eve = day({ open: [span("2026-12-31T06:00:00Z", "2026-12-31T10:00:00Z")], reason: "New Year's Eve" });
  expect(hoursOn(eve, zone)).toBe("08:00 to 12:00 (New Year's Eve)");
});

test("changes of the clocks are told", () => {
  expect([clockText(60), clockText(-60), clockText(30)]).toEqual([
    "Clocks go forward an hour",
    "Clocks go back an hour",
    "Clocks go forward 30 minutes",
  ]);
});
