import { MantineProvider } from "@mantine/core";
import { createElement } from "react";
import { renderToStaticMarkup } from "react-dom/server";
import { describe, expect, it } from "vitest";

import { nonEmpty, isComplete, formatBucket, axisMax, linePath, points, totals } from "./chartData";
import { ChartFigure } from "./DeliveryChart";
import { isQuietAt, countReasons } from "./labels";
import type { Campaign, Timeline } from "./types";

const bucket = (minute: number, sent = 0, delivered = 0, read = 0, failed = 0) => ({
  at: `2026-03-01T10:${String(minute).padStart(2, "0")}:00Z`,
  sent,
  delivered,
  read,
  failed,
});
const items = [bucket(0, 90, 20), bucket(1), bucket(2, 30, 60, 35, 5)];
const course = (change: Partial<Timeline> = {}): Timeline => ({ bucket_seconds: 60, items, ...change });

describe("the scale of a course", () => {
  it("ends at a number that can be halved, above all others", () => {
    expect([0, 1, 3, 5, 7, 9, 11, 90, 101, 601, 123_456].map((n) => axisMax([bucket(0, n)]))).toEqual([
      2, 2, 4, 6, 8, 10, 20, 100, 200, 800, 200_000,
    ]);
    expect(axisMax([bucket(0, 1, 2, 3, 40)])).toBe(40);
  });

  it("puts nothing at the bottom, the top at the top, and each bucket in its middle", () => {
    const frame = { left: 10, top: 5, width: 300, height: 100 };
    expect(points(items, "sent", frame)).toEqual([
      { x: 60, y: 15 },
      { x: 160, y: 105 },
      { x: 260, y: 75 },
    ]);
    expect(points([bucket(0, 20)], "sent", frame)).toEqual([{ x: 160, y: 5 }]);
    expect(linePath(points(items, "read", frame))).toBe("M60 105L160 105L260 70");
    expect(linePath([])).toBe("");
  });

  it("says how long a point is", () => {
    expect([1, 10, 60, 600, 3600, 7200, 86400, 172800, 604800, 1209600].map(formatBucket)).toEqual([
      "a second",
      "10 seconds",
      "a minute",
      "10 minutes",
      "an hour",
      "2 hours",
      "a day",
      "2 days",
      "a week",
      "2 weeks",
    ]);
  });
});

describe("what is read again", () => {
  const counted = (sent: number, delivered: number, read: number, failed: number) =>
    ({ progress: { sent, delivered, read, failed } }) as Campaign;

  it("is what lacks something that is counted: who failed later was sent, who has read it was delivered", () => {
    expect(totals(items)).toEqual({ sent: 120, delivered: 80, read: 35, failed: 5 });
    expect(isComplete(course(), counted(115, 115, 35, 5))).toBe(true);
    expect(isComplete(course(), counted(121, 115, 35, 5))).toBe(false);
    expect(isComplete(course(), counted(115, 115, 36, 5))).toBe(false);
    expect(isComplete(course(), counted(115, 115, 35, 6))).toBe(false);
    expect(isComplete(course({ items: [] }), counted(0, 0, 0, 0))).toBe(true);
  });
});

describe("a course that is drawn", () => {
  const draw = (of: Timeline) => {
    const at = document.createElement("div");
    at.innerHTML = renderToStaticMarkup(createElement(MantineProvider, null, createElement(ChartFigure, { of })));
    return at;
  };

  it("has a line for each kind that there is, and its sums in words", () => {
    const at = draw(course());
    expect(at.querySelectorAll(".course-line path")).toHaveLength(4);
    expect(at.querySelectorAll(".course-line circle")).toHaveLength(6);
    expect(at.querySelector("figure")?.getAttribute("aria-label")).toContain("Sent 120, Delivered 80, Read 35, Failed 5");
    expect(at.querySelector(".course")?.getAttribute("aria-hidden")).toBe("true");
  });

  it("has its numbers in a table, without the stretches in which nothing happened", () => {
    expect(nonEmpty(items)).toHaveLength(2);
    const rows = [...draw(course()).querySelectorAll("tbody tr")].map((r) =>
      [...r.querySelectorAll("td")].slice(1).map((d) => d.textContent),
    );
    expect(rows).toEqual([
      ["90", "20", "0", "0"],
      ["30", "60", "35", "5"],
    ]);
  });

  it("is drawn of a single moment too", () => {
    const at = draw(course({ bucket_seconds: 1, items: [bucket(0, 1)] }));
    expect(at.querySelectorAll(".course-line circle")).toHaveLength(1);
    expect(at.querySelectorAll(".course-line path")).toHaveLength(1);
    expect(at.innerHTML).not.toContain("NaN");
  });
});

describe("Typing 1.7: before a campaign starts", () => {
  it("it is counted who gets nothing, and why", () => {
    const of = ["", "opted_out", "missing_placeholder", "opted_out", ""].map((code) => ({ code }));
    expect(countReasons(of)).toEqual([
      { why: "opted out", n: 2 },
      { why: "missing value for a placeholder", n: 1 },
    ]);
    expect(countReasons([])).toEqual([]);
  });

  it.each([
    ["21:00", "08:00", "2026-03-01T19:30:00Z", true], // 21:30 in Tallinn
    ["21:00", "08:00", "2026-03-01T05:59:00Z", true],
    ["21:00", "08:00", "2026-03-01T06:00:00Z", false],
    ["12:00", "13:00", "2026-03-01T10:00:00Z", true],
    ["12:00", "13:00", "2026-03-01T11:00:00Z", false],
    ["00:00", "08:00", "2026-03-01T22:00:00Z", true], // midnight is 00, not 24
    ["", "", "2026-03-01T22:00:00Z", false],
  ])("quiet from %s to %s: at %s %s", (quiet_from, quiet_until, at, want) => {
    expect(isQuietAt({ quiet_from, quiet_until, time_zone: "Europe/Tallinn" }, new Date(at))).toBe(want);
  });
});
