import { writeFileSync } from "node:fs";
import { test as base } from "@playwright/test";
import { rig } from "./rig.ts";
import { patience } from "./speed.ts";

export { expect } from "@playwright/test";

interface Told {
  told: undefined;
}

/** test is Playwright's, and when one fails says what the product was doing. */
export const test = base.extend<Told>({
  told: [
    async ({}, use, info) => {
      await use(undefined);
      if (info.status === info.expectedStatus) return;
      const product = await fetch(`${rig.control}/diagnosis`).then(
        (resp) => resp.text(),
        (err: unknown) => String(err),
      );
      const file = info.outputPath("product.txt");
      writeFileSync(file, product);
      await info.attach("product", { path: file, contentType: "text/plain" });
      console.log(`\nThe product when “${info.title}” failed (kept as ${file}):\n${product}\n`);
    },
    { auto: true, timeout: patience(60_000) },
  ],
});
