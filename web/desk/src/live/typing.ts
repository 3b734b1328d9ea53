import { answer, api } from "../api/client";
import { cell, useCell } from "../state/state";
import { timers } from "../state/timers";

// Customers who are typing. An event says so, and holds for five seconds.
const typing = timers("typing.customers");
const shownFor = 5000;

export const setCustomerTyping = (id: string): void => typing.start(id, shownFor, () => undefined);

export function clearCustomerTyping(id: string): void {
  typing.stop(id);
}

export const useCustomerTyping = (id: string): boolean => useCell(typing.running, (all) => all.has(id));

const lastSent = cell("typing.lastSent", () => ({ id: "", at: 0 }));

/** sendTyping tells the customer that the agent is typing, at most every three seconds. Failures do not matter. */
export function sendTyping(id: string): void {
  const at = Date.now();
  const last = lastSent.get();
  if (last.id === id && at - last.at < 3000) return;
  lastSent.set({ id, at });
  void answer(api.POST("/v1/conversations/{id}/typing", { params: { path: { id } } })).catch(() => undefined);
}

/** sendRead tells the web chat's visitor how far the agent has read. */
export function sendRead(id: string, seq: number): void {
  void answer(api.PUT("/v1/conversations/{id}/read", { params: { path: { id } }, body: { seq } })).catch(() => undefined);
}
