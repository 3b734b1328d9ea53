import { describe, expect, it } from "vitest";

import { Problem } from "../api/client";
import type { ProblemDocument } from "../api/types";
import { type Outcome, steerAll } from "./steer";

const ids = Array.from({ length: 25 }, (_, i) => String(i));

describe("steering many conversations", () => {
  it("does it once with each, few at a time, and tells what became of it", async () => {
    const done: string[] = [];
    const outcomes: Outcome[] = [];
    let running = 0;
    let most = 0;
    const run = async (id: string) => {
      most = Math.max(most, ++running);
      await Promise.resolve();
      running--;
      done.push(id);
      if (id === "7") throw new Problem(409, { detail: "It is closed.", code: "wrong_state" } as ProblemDocument);
    };
    await steerAll(ids, run, (o) => outcomes.push(o), new AbortController().signal);
    expect([...done].sort()).toEqual([...ids].sort());
    expect(most).toBeLessThanOrEqual(4);
    expect(outcomes).toHaveLength(25);
    expect(outcomes.filter((o) => o.error)).toEqual([{ id: "7", error: "It is closed." }]);
  });

  it("leaves the rest as it is when it is stopped", async () => {
    const stop = new AbortController();
    const outcomes: Outcome[] = [];
    const run = () => {
      if (outcomes.length >= 5) stop.abort();
      return Promise.resolve();
    };
    await steerAll(ids, run, (o) => outcomes.push(o), stop.signal);
    expect(outcomes.length).toBeGreaterThanOrEqual(5);
    expect(outcomes.length).toBeLessThan(12);
  });
});
