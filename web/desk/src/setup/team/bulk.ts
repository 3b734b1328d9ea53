import { errorMessage } from "../../api/client";

/** Outcome is what became of one thing of many. */
export interface Outcome {
  id: string;
  name: string;
  error?: string; // why it was not changed
}

const atOnce = 6; // requests; a browser opens no more to one server

/** inBulk does the same with many, some at a time and each on its own, and says for every one what became of it. */
export async function inBulk<T extends { id: string; name: string }>(
  items: T[],
  work: (item: T) => Promise<unknown>,
  progress: (done: number) => void = () => undefined,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = items.map(({ id, name }) => ({ id, name }));
  let next = 0;
  let done = 0;
  const worker = async () => {
    for (let i = next++; i < items.length; i = next++) {
      const item = items[i] as T;
      await work(item).catch((error: unknown) => {
        (outcomes[i] as Outcome).error = errorMessage(error);
      });
      progress(++done);
    }
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return outcomes;
}
