import { useSyncExternalStore } from "react";

import { answer, api } from "../api/client";

// Who types now. It is stored nowhere, and over five seconds after it was told.
const typing = new Map<string, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();
const publish = () => listeners.forEach((then) => then());

export function setCustomerTyping(id: string): void {
  clearTimeout(typing.get(id));
  typing.set(
    id,
    setTimeout(() => clearCustomerTyping(id), 5000),
  );
  publish();
}

export function clearCustomerTyping(id: string): void {
  clearTimeout(typing.get(id));
  if (typing.delete(id)) publish();
}

export function useCustomerTyping(id: string): boolean {
  return useSyncExternalStore(
    (then) => {
      listeners.add(then);
      return () => listeners.delete(then);
    },
    () => typing.has(id),
  );
}

let told = { id: "", at: 0 };

/** sendTyping tells the customer of a web chat, at most every three seconds; it does not matter if it fails. */
export function sendTyping(id: string): void {
  const at = Date.now();
  if (told.id === id && at - told.at < 3000) return;
  told = { id, at };
  void answer(api.POST("/v1/conversations/{id}/typing", { params: { path: { id } } })).catch(() => undefined);
}

/** sendRead tells the customer of a web chat how far their agent has read. */
export function sendRead(id: string, seq: number): void {
  void answer(api.PUT("/v1/conversations/{id}/read", { params: { path: { id } }, body: { seq } })).catch(() => undefined);
}
