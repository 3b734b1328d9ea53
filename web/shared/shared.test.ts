import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { TabLeader } from "./tabLeader.ts";
import { newID } from "./uuid.ts";

it("ids are random UUIDs", () => {
  expect(newID()).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(newID()).not.toBe(newID());
});

describe("tabs", () => {
  let end: AbortController;
  beforeEach(() => {
    vi.useFakeTimers();
    end = new AbortController();
    let held = Promise.resolve();
    const request = (_: string, options: { signal: AbortSignal }, work: () => Promise<void>) =>
      (held = held.then(() => (options.signal.aborted ? undefined : work())));
    vi.stubGlobal("navigator", { locks: { request } });
  });
  afterEach(() => {
    end.abort();
    vi.useRealTimers();
    vi.unstubAllGlobals();
  });

  /** tab is one that leads, once it is its turn, until it is closed. */
  function tab(silenceLimit?: number) {
    let close: () => void = () => undefined;
    const leader = new TabLeader<string>("test", () => undefined, silenceLimit);
    void leader.lead(end.signal, () => new Promise<void>((resolve) => (close = resolve)));
    return { leader, close: () => close() };
  }

  it("lead one after the other", async () => {
    const [first, second] = [tab(), tab()];
    await vi.advanceTimersByTimeAsync(200_000);
    expect([first.leader.leading, second.leader.leading]).toEqual([true, false]);
    first.close();
    await vi.advanceTimersByTimeAsync(0);
    expect([first.leader.leading, second.leader.leading]).toEqual([false, true]);
  });

  it("lead as well when the leader is silent for too long, if they are told to", async () => {
    const [first, second] = [tab(60_000), tab(60_000)];
    await vi.advanceTimersByTimeAsync(50_000);
    expect([first.leader.leading, second.leader.leading]).toEqual([true, false]);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(second.leader.leading).toBe(true);
  });

  it("all lead where the browser has no locks, as on plain http", async () => {
    vi.stubGlobal("navigator", {});
    const [first, second] = [tab(), tab()];
    await vi.advanceTimersByTimeAsync(0);
    expect([first.leader.leading, second.leader.leading]).toEqual([true, true]);
  });
});
