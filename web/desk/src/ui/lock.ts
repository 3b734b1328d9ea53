import { cell } from "../state/state";

const tails = cell("lock.tails", () => new Map<string, Promise<unknown>>());

/**
 * withLock runs work while no other tab holds the lock of that name. Browsers have
 * locks in secure pages only; on plain http it is this tab alone that waits for itself.
 */
export async function withLock<T>(name: string, work: () => Promise<T>): Promise<T> {
  const locks = (navigator as Partial<Navigator>).locks;
  if (locks) return (await locks.request(name, work)) as T;
  const before = tails.get().get(name) ?? Promise.resolve();
  const done = before.then(work);
  tails.get().set(
    name,
    done.catch(() => undefined),
  );
  return done;
}
