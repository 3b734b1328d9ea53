import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { cell, resetState } from "./state";
import { batched, timers } from "./timers";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  resetState();
  vi.useRealTimers();
});

describe("a cell", () => {
  it("calls who subscribed when its value is another one, until they unsubscribe", () => {
    const count = cell("test.count", () => 0);
    const seen: number[] = [];
    const stop = count.subscribe(() => seen.push(count.get()));
    count.set(1);
    count.set(1);
    count.set(2);
    stop();
    count.set(3);
    expect(seen).toEqual([1, 2]);
  });

  it("is as at the beginning after a reset, and what it ran is disposed of", () => {
    const dispose = vi.fn();
    const list = cell<string[]>("test.list", () => [], dispose);
    list.set(["a"]);
    const seen: string[][] = [];
    list.subscribe(() => seen.push(list.get()));
    resetState();
    expect(list.get()).toEqual([]);
    expect(dispose).toHaveBeenCalledWith(["a"]);
    expect(seen).toEqual([[]]);
  });
});

describe("timers", () => {
  it("run one delay for each key, the last that was started", () => {
    const run = timers("test.timers");
    const done: string[] = [];
    run.start("a", 100, () => done.push("first"));
    run.start("a", 200, () => done.push("second"));
    run.start("b", 100, () => done.push("other"));
    vi.advanceTimersByTime(150);
    expect(done).toEqual(["other"]);
    expect([...run.running.get().keys()]).toEqual(["a"]);
    vi.advanceTimersByTime(50);
    expect(done).toEqual(["other", "second"]);
    expect(run.stop("a")).toBe(false);
  });

  it("do nothing any more once they were stopped or the state was reset", () => {
    const run = timers("test.stopped");
    const then = vi.fn();
    run.start("a", 100, then);
    run.start("b", 100, then);
    expect(run.stop("a")).toBe(true);
    resetState();
    vi.advanceTimersByTime(1000);
    expect(then).not.toHaveBeenCalled();
  });
});

it("what is batched is done together, each once, and again for what comes later", () => {
  const runs: string[][] = [];
  const add = batched<string>("test.batch", 60, (items) => runs.push(items));
  add("a");
  vi.advanceTimersByTime(40);
  for (const item of ["b", "a"]) add(item);
  vi.advanceTimersByTime(20);
  add("c");
  vi.advanceTimersByTime(60);
  expect(runs).toEqual([["a", "b"], ["c"]]);
});
