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

/** What depends on more than the document and which parts of it are shown: on colours, sizes and places. */
const drawn = ["color-contrast", "link-in-text-block", "target-size", "scrollable-region-focusable"];

/** What was judged last on a page. */
const judged = new WeakMap<Page, string>();

/**
 * accessible requires that axe finds nothing against WCAG 2.2 AA, within the selector if there is one. Where the page
 * is the one that was judged before, in another size or other colours, only what these change is judged again.
 */
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
  const is = `${selector ?? ""} ${await documentOf(page)}`;
  const again = judged.get(page) === is;
  judged.set(page, is);
  const found = await page.evaluate(
    async ([within, rules]) =>
      (
        await window.axe.run(within ?? document, {
          runOnly: rules ?? ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
          resultTypes: ["violations"],
          preload: { assets: ["media"] }, // no rule of these reads style sheets
        })
      ).violations,
    [selector, again ? drawn : undefined] as const,
  );
  expect.soft(found.map((v) => `${v.id}: ${v.help}: ${v.nodes.map((n) => n.html).join(" | ")}`)).toEqual([]);
}

/** documentOf is a page's document without its colours, with what of it is shown, also inside of custom elements. */
const documentOf = (page: Page): Promise<string> =>
  page.evaluate(() => {
    const told: string[] = [];
    const tell = (root: Document | ShadowRoot) => {
      for (const e of root.querySelectorAll("*")) {
        told.push(e.checkVisibility({ visibilityProperty: true }) ? "1" : "0");
        if (e.shadowRoot) tell(e.shadowRoot);
      }
      told.push(root instanceof ShadowRoot ? root.innerHTML : root.documentElement.innerHTML);
    };
    tell(document);
    return `${location.href} ${document.documentElement.lang} ${told.join("")}`;
  });
