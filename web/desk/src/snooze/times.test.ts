import { describe, expect, it } from "vitest";

import { localInput, quickTimes } from "./times";

const labels = (now: Date) => quickTimes(now).map((c) => `${c.label} ${localInput(c.at)}`);

describe("moments to snooze until", () => {
  it("are those of the day, and all of them lie ahead", () => {
    expect(labels(new Date(2031, 2, 5, 10, 30))).toEqual([
      "In 1 hour 2031-03-05T11:30",
      "In 3 hours 2031-03-05T13:30",
      "This evening 2031-03-05T18:00",
      "Tomorrow morning 2031-03-06T09:00",
      "Next Monday 2031-03-10T09:00",
      "In a week 2031-03-12T09:00",
    ]);
  });

  it("leave out an evening that has come, and a Monday that is tomorrow or in a week", () => {
    expect(labels(new Date(2031, 2, 5, 17, 30)).join()).not.toContain("This evening");
    expect(labels(new Date(2031, 2, 9, 12)).join()).not.toContain("Next Monday");
    expect(labels(new Date(2031, 2, 10, 12)).join()).not.toContain("In a week");
  });

  it("always lie ahead, whenever one looks", () => {
    for (let hour = 0; hour < 24 * 8; hour++) {
      const now = new Date(2031, 9, 20, hour, 59);
      for (const { at } of quickTimes(now)) expect(at.getTime()).toBeGreaterThan(now.getTime());
    }
  });
});
