import { cell, useCell } from "../state/state";
import { queryClient } from "../live/store";
import { steer, steerAll, type Outcome, type Steering } from "./steer";

/** undoTime is how long a change of many conversations can be undone, in ms. */
export const undoTime = 10_000;

/** Item is a conversation of a bulk action, with the name by which its outcome is told. */
export interface Item {
  id: string;
  name: string;
}

/** Bulk is a change of many conversations: it waits while it can be undone, runs, and is done. */
export interface Bulk {
  title: string; // "Force-close 12 conversations"
  items: readonly Item[];
  outcomes: ReadonlyMap<string, Outcome>;
  step: "waiting" | "running" | "done" | "stopped";
  startsAt: number;
}

interface Held {
  bulk: Bulk | null;
  timer?: ReturnType<typeof setTimeout>;
  stop: AbortController;
}

// It is kept outside of the page, so that it goes on when another one is opened.
const held = cell<Held>(
  "supervisor.bulk",
  () => ({ bulk: null, stop: new AbortController() }),
  (h) => {
    clearTimeout(h.timer);
    h.stop.abort();
  },
);

export const useBulk = (): Bulk | null => useCell(held, (h) => h.bulk);

const change = (part: Partial<Bulk>) => {
  const h = held.get();
  if (h.bulk) held.set({ ...h, bulk: { ...h.bulk, ...part } });
};

/** startBulk begins a change of many, which can be undone for ten seconds. Closing the page meanwhile drops it. */
export function startBulk(title: string, items: readonly Item[], what: Steering): void {
  const before = held.get();
  if (before.bulk && (before.bulk.step === "waiting" || before.bulk.step === "running")) return;
  const stop = new AbortController();
  const timer = setTimeout(() => void run(items, what, stop), undoTime);
  held.set({ bulk: { title, items, outcomes: new Map(), step: "waiting", startsAt: Date.now() + undoTime }, timer, stop });
}

async function run(items: readonly Item[], what: Steering, stop: AbortController): Promise<void> {
  change({ step: "running" });
  const outcomes = new Map<string, Outcome>();
  let shown = 0;
  const told = (o: Outcome) => {
    outcomes.set(o.id, o);
    if (performance.now() - shown < 100) return; // nobody reads faster
    shown = performance.now();
    change({ outcomes: new Map(outcomes) });
  };
  const ids = items.map((i) => i.id);
  await steerAll(ids, (id) => steer(id, what), told, stop.signal);
  change({ outcomes: new Map(outcomes), step: stop.signal.aborted ? "stopped" : "done" });
  void queryClient.invalidateQueries({ queryKey: ["live"] });
}

/** stopBulk undoes what has not begun, or stops what has. */
export function stopBulk(): void {
  const h = held.get();
  clearTimeout(h.timer);
  h.stop.abort();
  if (h.bulk?.step === "waiting") held.set({ bulk: null, stop: h.stop });
}

/** dismissBulk forgets what is done. */
export function dismissBulk(): void {
  const h = held.get();
  if (h.bulk?.step === "done" || h.bulk?.step === "stopped") held.set({ bulk: null, stop: h.stop });
}

addEventListener("beforeunload", (e) => {
  const step = held.get().bulk?.step;
  if (step === "waiting" || step === "running") e.preventDefault(); // the browser asks whether it is meant
});
