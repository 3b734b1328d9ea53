import { cell, type Cell } from "./state";

type Timer = ReturnType<typeof setTimeout>;
type Running = ReadonlyMap<string, Timer>;

/** Timers run one delay for each key. */
export interface Timers {
  readonly running: Cell<Running>;
  /** start has then called after ms, in place of what was started for the key before. */
  start(key: string, ms: number, then: () => void): void;
  /** stop says whether there was something to stop. */
  stop(key: string): boolean;
}

export function timers(name: string): Timers {
  const running = cell<Running>(
    name,
    () => new Map(),
    (all) => {
      for (const timer of all.values()) clearTimeout(timer);
    },
  );
  const stop = (key: string) => {
    const rest = new Map(running.get());
    clearTimeout(rest.get(key));
    if (!rest.delete(key)) return false;
    running.set(rest);
    return true;
  };
  const start = (key: string, ms: number, then: () => void) => {
    clearTimeout(running.get().get(key));
    const timer = setTimeout(() => {
      stop(key);
      then();
    }, ms);
    running.set(new Map(running.get()).set(key, timer));
  };
  return { running, start, stop };
}

/** batched gathers what is asked for, and does it together ms after the first. */
export function batched<T>(name: string, ms: number, run: (items: T[]) => void): (item: T) => void {
  const waiting = cell<{ items: Set<T>; timer: Timer } | null>(
    name,
    () => null,
    (batch) => clearTimeout(batch?.timer),
  );
  const flush = () => {
    const items = [...(waiting.get()?.items ?? [])];
    waiting.set(null);
    run(items);
  };
  return (item) => {
    const batch = waiting.get() ?? { items: new Set<T>(), timer: setTimeout(flush, ms) };
    batch.items.add(item);
    waiting.set(batch);
  };
}
