import { cell } from "../state/state";

// What the browser stores for one agent, shared by all tabs.

const owner = cell("localStore.owner", () => ({ agent: "" }));

/**
 * setStoreOwner switches all stores to the data of an agent; "" is nobody, whose data lives as long as the page.
 * Drafts of others are deleted: their sign-in expired, and whoever signs in after them must not find their texts.
 * The server has them too. Messages that were not sent yet wait for who wrote them.
 */
export function setStoreOwner(agent: string): void {
  if (owner.get().agent === agent) return;
  if (agent !== "") forgetDraftsOfOthers(agent);
  owner.set({ agent });
}

function forgetDraftsOfOthers(agent: string): void {
  for (const key of Object.keys(localStorage)) {
    const [, whose, name] = /^switchboard\.([^.]+)\.(.+)$/.exec(key) ?? [];
    if (whose !== undefined && whose !== agent && name === "drafts") localStorage.removeItem(key);
  }
}

/** clearStores deletes everything stored in this browser, as at sign-out. */
export function clearStores(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  owner.set({ ...owner.get() }); // every store reads again
}

const prefix = "switchboard.";

/** omit returns a record without some of its entries. */
export function omit<T>(all: Record<string, T>, ...ids: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([id]) => !ids.includes(id)));
}

export interface LocalStore<T> {
  get(): T;
  change(by: (value: T) => T): void;
  subscribe(then: () => void): () => void;
}

/** localStore is a named value in localStorage, where a change is written before change returns. */
export function localStore<T>(name: string, empty: T): LocalStore<T> {
  const value = cell(`localStore.${name}`, () => empty);
  const key = () => `${prefix}${owner.get().agent}.${name}`;
  const owned = () => owner.get().agent !== "";
  const read = (): T => {
    try {
      const raw = owned() ? localStorage.getItem(key()) : null;
      return raw === null ? empty : (JSON.parse(raw) as T);
    } catch {
      return empty; // not ours, or damaged: as if it were not there
    }
  };
  const load = () => value.set(read());
  owner.subscribe(load);
  addEventListener("storage", (e) => {
    if (e.key === key() || e.key === null) load();
  });
  return {
    get: value.get,
    change: (by) => {
      const before = read(); // another tab may have changed it a moment ago
      const next = by(before);
      if (next === before) return;
      try {
        if (owned()) localStorage.setItem(key(), JSON.stringify(next));
      } catch {
        // full or forbidden: it lives as long as the page
      }
      value.set(next);
    },
    subscribe: value.subscribe,
  };
}
