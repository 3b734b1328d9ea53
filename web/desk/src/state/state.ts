import { useSyncExternalStore } from "react";

// The desk's state that lives outside of React and of the query cache: every value of it is a cell of this module,
// under a name, and tests put all of them back at once.

/** Cell is one named value. Whoever subscribes is called when it is set to another value. */
export interface Cell<T> {
  readonly name: string;
  get(): T;
  set(value: T): void;
  subscribe(listener: () => void): () => void;
}

const resets = new Map<string, () => void>();

/** cell adds a value to the state; dispose is given the last one when the state is reset, to stop what it runs. */
export function cell<T>(name: string, initial: () => T, dispose?: (value: T) => void): Cell<T> {
  let value = initial();
  const listeners = new Set<() => void>();
  const set = (next: T) => {
    if (Object.is(next, value)) return;
    value = next;
    for (const listener of listeners) listener();
  };
  resets.set(name, () => {
    dispose?.(value);
    set(initial());
  });
  return {
    name,
    get: () => value,
    set,
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** useCell is the value of a cell, or what is selected from it. */
export function useCell<T>(of: Cell<T>): T;
export function useCell<T, S>(of: Cell<T>, select: (value: T) => S): S;
export function useCell<T, S>(of: Cell<T>, select?: (value: T) => S): T | S {
  return useSyncExternalStore(of.subscribe, () => (select ? select(of.get()) : of.get()));
}

/** resetState puts every cell back to what it was when the page was opened. Tests begin with it. */
export function resetState(): void {
  for (const reset of resets.values()) reset();
}
