import { notifications } from "@mantine/notifications";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { flushDeferred, undoTime, defer, cancelDeferred } from "./deferred";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  void flushDeferred();
  vi.useRealTimers();
  vi.restoreAllMocks();
});

describe("Typing 1.1, 1.2: what cannot be undone", () => {
  it("is done after some seconds, once", () => {
    const run = vi.fn<(leaving: boolean) => Promise<void>>(() => Promise.resolve());
    defer("a", "end", "Ends", run);
    defer("a", "end", "Ends", run); // pressed twice
    defer("a", "close", "Closes", run); // not what was asked first, and not both
    vi.advanceTimersByTime(undoTime - 1);
    expect(run).not.toHaveBeenCalled();
    vi.advanceTimersByTime(undoTime);
    expect(run.mock.calls).toEqual([[false]]);
  });

  it("is not done when it was taken back, and that of another conversation is", () => {
    const [a, b] = [vi.fn(() => Promise.resolve()), vi.fn(() => Promise.resolve())];
    const hide = vi.spyOn(notifications, "hide");
    defer("a", "end", "Ends", a);
    defer("b", "transfer", "Transfers", b);
    cancelDeferred("b", "end"); // who writes takes back an end, and no transfer
    cancelDeferred("a", "end");
    expect(hide).toHaveBeenCalledTimes(1);
    vi.advanceTimersByTime(undoTime);
    expect(a).not.toHaveBeenCalled();
    expect(b).toHaveBeenCalledTimes(1);
    defer("a", "end", "Ends", a); // and can be asked for again
    vi.advanceTimersByTime(undoTime);
    expect(a).toHaveBeenCalledTimes(1);
  });

  it("is done when the page goes away, so that nothing that was asked for is lost", () => {
    const run = vi.fn<(leaving: boolean) => Promise<void>>(() => Promise.resolve());
    defer("a", "close", "Closes", run);
    dispatchEvent(new Event("pagehide"));
    expect(run.mock.calls).toEqual([[true]]);
    vi.advanceTimersByTime(undoTime);
    expect(run).toHaveBeenCalledTimes(1);
  });
});
