/** withLock runs work while no other tab does, but does not wait for ever for a tab that sleeps with the lock. */
export async function withLock(name: string, work: () => Promise<void>): Promise<void> {
  if (!("locks" in navigator)) return work();
  let begun = false;
  try {
    await navigator.locks.request(name, { signal: AbortSignal.timeout(30_000) }, () => {
      begun = true;
      return work();
    });
  } catch (err) {
    if (begun) throw err;
    await work(); // what is sent twice is taken once, by its client_id
  }
}
