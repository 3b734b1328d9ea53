import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";
import { expect, type Page } from "@playwright/test";
import type { AxeResults, RunOptions } from "axe-core";

declare global {
  interface Window {
    axe: { run: (context: unknown, options: RunOptions) => Promise<AxeResults> };
  }
}

export const desktop = { width: 1440, height: 900 };
export const phone = { width: 390, height: 844 };

const pictures = path.join(import.meta.dirname, "../../../test-results/pictures");

/** picture keeps what the page looks like, as test-results/pictures/<name>.png. */
export async function picture(page: Page, name: string): Promise<void> {
  await page.screenshot({ path: path.join(pictures, `${name}.png`), animations: "disabled" });
}

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

/** accessible requires that axe finds nothing against WCAG 2.2 AA, within the selector if there is one. */
export async function accessible(page: Page, selector?: string): Promise<void> {
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe); // a script element would be against the page's policy
  // Colours are judged once they have stopped changing.
  await page.evaluate(() =>
    Promise.all(
      document
        .getAnimations()
        .filter((a) => a instanceof CSSTransition)
        .map((a) => a.finished.catch(() => undefined)),
    ),
  );
  const found = await page.evaluate(
    async (within) =>
      (
        await window.axe.run(within ?? document, {
          runOnly: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
          resultTypes: ["violations"],
          preload: { assets: ["media"] }, // no rule of these reads style sheets
        })
      ).violations,
    selector,
  );
  expect.soft(found.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" | ")}`)).toEqual([]);
}

/** card keeps a step before the desk on a desktop, and in the dark on a telephone, and has it checked in both. */
export async function card(page: Page, name: string): Promise<void> {
  await accessible(page);
  await picture(page, `${name}-desktop`);
  await page.setViewportSize(phone);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await accessible(page);
  await picture(page, `${name}-phone-dark`);
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: "light" });
}
