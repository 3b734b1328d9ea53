import { afterEach, describe, expect, it, vi } from "vitest";

import { resetState } from "../state/state";
import { showSystemNotification } from "./alerts";

/** android lets `new Notification` throw, as Chrome on Android does. */
function android(workers?: unknown): void {
  const refuse = function () {
    throw new TypeError("Failed to construct 'Notification': Illegal constructor.");
  };
  vi.stubGlobal("Notification", Object.assign(refuse, { permission: "granted" }));
  Object.defineProperty(navigator, "serviceWorker", { value: workers, configurable: true });
}

afterEach(() => {
  vi.unstubAllGlobals();
  Reflect.deleteProperty(navigator, "serviceWorker");
  resetState();
});

describe("a system notification", () => {
  it("is shown by the service worker where pages cannot", async () => {
    const showNotification = vi.fn(() => Promise.resolve());
    const register = vi.fn(() => Promise.resolve());
    android({ register, ready: Promise.resolve({ showNotification }) });
    showSystemNotification("New message", { body: "Kim", tag: "c1" });
    showSystemNotification("New message", { body: "Lee", tag: "c2" });
    await vi.waitFor(() => expect(showNotification).toHaveBeenCalledTimes(2));
    expect(showNotification).toHaveBeenCalledWith("New message", { body: "Kim", tag: "c1" });
    expect(register).toHaveBeenCalledOnce();
  });

  it("is left out where there is no service worker either", async () => {
    const missed = vi.fn();
    addEventListener("unhandledrejection", missed);
    android();
    expect(() => showSystemNotification("New message", { tag: "c1" })).not.toThrow();
    android({ register: () => Promise.reject(new Error("not allowed")) });
    expect(() => showSystemNotification("New message", { tag: "c1" })).not.toThrow();
    await new Promise((done) => setTimeout(done));
    expect(missed).not.toHaveBeenCalled();
    removeEventListener("unhandledrejection", missed);
  });
});
