import type { BrowserContext, Page } from "@playwright/test";

/** How much longer than on an idle machine things take here; test/e2e/web measures it. */
export const speed = Math.max(1, Number(process.env.SWITCHBOARD_TEST_SPEED ?? 1));

/** patience is a limit on an idle machine, made to fit this one. */
export const patience = (ms: number): number => Math.round(ms * speed);

/** Whether the long tests run as well. */
export const long = (process.env.SWITCHBOARD_TEST_FAULTS ?? "") !== "";

/** onItsOwnClock has the clock of a browser's pages be ours to move on; it comes before any page is opened. */
export async function onItsOwnClock(context: BrowserContext): Promise<void> {
  if (!long) await context.clock.install();
}

/** pass lets time pass: in the long tests everywhere, since a moment; otherwise at once, on the pages' own clock. */
export async function pass(context: BrowserContext, ms: number, since: number): Promise<void> {
  if (!long) await context.clock.fastForward(ms);
  else await new Promise((r) => setTimeout(r, Math.max(0, since + ms - Date.now()))); // the time is what is tested
}

/**
 * standingStill does something while a page's clock stands still: what can be undone for seconds can be undone until it
 * is done. The page was opened after page.clock.install().
 */
export async function standingStill(page: Page, work: () => Promise<void>): Promise<void> {
  await page.clock.pauseAt((await page.evaluate(() => Date.now())) + patience(2_000)); // not over when it gets there
  await work();
  await page.clock.resume();
}
