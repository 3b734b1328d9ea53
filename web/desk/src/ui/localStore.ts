// What a browser keeps for one agent, the same in all its tabs.

let owner = "";
const all = new Set<{ load(): void }>();

/** setStoreOwner says whose things are kept from now on. */
export function setStoreOwner(agent: string): void {
  if (owner === agent) return;
  owner = agent;
  for (const s of all) s.load();
}

/** clearStores takes away everything that is kept here, as at sign-out. */
export function clearStores(): void {
  for (const key of Object.keys(localStorage)) if (key.startsWith(prefix)) localStorage.removeItem(key);
  for (const s of all) s.load();
}

const prefix = "switchboard.";

/** omit is a record that lacks some of its entries. */
export function omit<T>(all: Record<string, T>, ...ids: string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(all).filter(([id]) => !ids.includes(id)));
}

export interface LocalStore<T> {
  get(): T;
  change(by: (value: T) => T): void;
  subscribe(then: () => void): () => void;
}

/** localStore is a value under a name. A change is in localStorage before change returns. */
export function localStore<T>(name: string, empty: T): LocalStore<T> {
  let value = empty;
  const listeners = new Set<() => void>();
  const key = () => `${prefix}${owner}.${name}`;
  const read = (): T => {
    try {
      const raw = owner ? localStorage.getItem(key()) : null;
      return raw === null ? empty : (JSON.parse(raw) as T);
    } catch {
      return empty; // not ours, or damaged: as if it were not there
    }
  };
  const load = () => {
    value = read();
    for (const then of listeners) then();
  };
  all.add({ load });
  addEventListener("storage", (e) => {
    if (e.key === key() || e.key === null) load();
  });
  return {
    get: () => value,
    change: (by) => {
      const before = read(); // another tab may have changed it a moment ago
      const next = by(before);
      if (next === before) return;
      value = next;
      if (owner) {
        try {
          localStorage.setItem(key(), JSON.stringify(value));
        } catch {
          // full or forbidden: it lives as long as the page
        }
      }
      for (const then of listeners) then();
    },
    subscribe: (then) => {
      listeners.add(then);
      return () => listeners.delete(then);
    },
  };
}
