import { useSyncExternalStore } from "react";

import { answer, api } from "../api/client";

// Who types now. It is stored nowhere, and over five seconds after it was told.
const typing = new Map<string, ReturnType<typeof setTimeout>>();
const listeners = new Set<() => void>();
const tell = () => listeners.forEach((then) => then());

export function customerTypes(id: string): void {
  clearTimeout(typing.get(id));
  typing.set(
    id,
    setTimeout(() => customerWrote(id), 5000),
  );
  tell();
}

export function customerWrote(id: string): void {
  clearTimeout(typing.get(id));
  if (typing.delete(id)) tell();
}

export function useTyping(id: string): boolean {
  return useSyncExternalStore(
    (then) => {
      listeners.add(then);
      return () => listeners.delete(then);
    },
    () => typing.has(id),
  );
}

let told = { id: "", at: 0 };

/** agentTypes tells the customer of a web chat, at most every three seconds; it does not matter if it fails. */
export function agentTypes(id: string): void {
  const at = Date.now();
  if (told.id === id && at - told.at < 3000) return;
  told = { id, at };
  void answer(api.POST("/v1/conversations/{id}/typing", { params: { path: { id } } })).catch(() => undefined);
}

/** agentRead tells the customer of a web chat how far their agent has read. */
export function agentRead(id: string, seq: number): void {
  void answer(api.PUT("/v1/conversations/{id}/read", { params: { path: { id } }, body: { seq } })).catch(() => undefined);
}
