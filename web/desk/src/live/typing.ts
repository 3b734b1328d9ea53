import { answer, api } from "../api/client";
import { cell, useCell } from "../state/state";
import { timers } from "../state/timers";

// Who types now. It is stored nowhere, and over five seconds after it was told.
const typing = timers("typing.customers");
const shownFor = 5000;

export const setCustomerTyping = (id: string): void => typing.start(id, shownFor, () => undefined);

export function clearCustomerTyping(id: string): void {
  typing.stop(id);
}

export const useCustomerTyping = (id: string): boolean => useCell(typing.running, (all) => all.has(id));

const lastSent = cell("typing.lastSent", () => ({ id: "", at: 0 }));

/** sendTyping tells the customer of a web chat, at most every three seconds; it does not matter if it fails. */
export function sendTyping(id: string): void {
  const at = Date.now();
  const last = lastSent.get();
  if (last.id === id && at - last.at < 3000) return;
  lastSent.set({ id, at });
  void answer(api.POST("/v1/conversations/{id}/typing", { params: { path: { id } } })).catch(() => undefined);
}

/** sendRead tells the customer of a web chat how far their agent has read. */
export function sendRead(id: string, seq: number): void {
  void answer(api.PUT("/v1/conversations/{id}/read", { params: { path: { id } }, body: { seq } })).catch(() => undefined);
}
