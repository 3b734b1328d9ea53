import { readFile } from "node:fs/promises";

import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

test("a configuration file is reviewed, applied and taken back", async ({ page }) => {
  const name = `Files ${own()}`;
  const api = await admin();
  const skills = () => api.all<{ name: string; kind: string }>("/v1/skills");
  await openSetup(page, "Configuration file");
  await look(page, "setup-config-empty");

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download file" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("switchboard.yaml");
  const before = await readFile(await download.path(), "utf8");
  expect(before).toContain("version: 1");

  const file = page.getByLabel("File", { exact: true });
  await file.fill(`version: 1\nskills:\n  - name: ${name}\n    level: 3\n`);
  await page.getByRole("button", { name: "Review changes" }).click();
  await expect(page.getByRole("alert")).toContainText("line 4: is not known");
  await look(page, "setup-config-mistake");

  await file.fill(`version: 1\nskills:\n  - name: ${name}\n    kind: product\n`);
  await page.getByRole("button", { name: "Review changes" }).click();
  await expect(page.getByRole("list", { name: "Changes" })).toContainText(`skill “${name}”`);
  expect((await skills()).some((s) => s.name === name)).toBe(false);
  await look(page, "setup-config-plan");
  await page.getByRole("button", { name: "Apply 1 change" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Applied: 1 change" })).toBeVisible();
  expect((await skills()).find((s) => s.name === name)?.kind).toBe("product");

  await file.fill(`version: 1\nskills:\n  - name: ${name}\n    kind: language\n`);
  await page.getByRole("button", { name: "Review changes" }).click();
  await expect(page.getByRole("list", { name: "Changes" })).toContainText("product");
  await page.getByRole("button", { name: "Apply 1 change" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Applied: 1 change" })).toBeVisible();

  const versions = page.getByRole("table", { name: "Earlier versions" });
  await expect(versions.getByRole("row").nth(2)).toBeVisible();
  await versions.getByRole("row").nth(1).getByRole("button", { name: "Show changes" }).click();
  await expect(page.getByRole("dialog")).toContainText("language");
  await look(page, "setup-config-changes");
  await page.keyboard.press("Escape");
  await versions.getByRole("row").nth(2).getByRole("button", { name: "Restore this version" }).click();
  await expect(page.getByRole("list", { name: "Changes" })).toContainText(`skill “${name}”`);
  await expect(page.getByRole("checkbox", { name: "Delete what the file leaves out" })).toBeChecked();
  await look(page, "setup-config-restore");
});
