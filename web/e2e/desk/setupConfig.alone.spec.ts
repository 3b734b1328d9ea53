import { readFile } from "node:fs/promises";

import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

// A file is the whole configuration: what other tests set up meanwhile would be part of what is restored.
test("a configuration file is reviewed, applied and taken back", async ({ page }) => {
  const n = own();
  const name = `Files ${n}`;
  const api = await admin();
  const skills = () => api.all<{ name: string; kind: string }>("/v1/skills");
  const earlier = (await api.all<unknown>("/v1/config/versions")).length;
  await openSetup(page, "Configuration file");
  await look(page, "setup-config-empty");

  const downloading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download file" }).click();
  const download = await downloading;
  expect(download.suggestedFilename()).toBe("switchboard.yaml");
  const before = await readFile(await download.path(), "utf8");
  expect(before).toContain("version: 1");

  const file = page.getByLabel("File", { exact: true });
  const changes = page.getByRole("list", { name: "Changes" });
  const versions = page.getByRole("table", { name: "Earlier versions" });
  /** applied applies what was reviewed, which is one change, and waits for it to be listed. */
  const applied = async (times: number) => {
    await page.getByRole("button", { name: "Apply 1 change" }).click();
    await expect(page.getByRole("status").filter({ hasText: "Applied: 1 change" })).toBeVisible();
    await expect(versions.getByRole("row")).toHaveCount(1 + earlier + times);
  };
  await file.fill(`version: 1\nskills:\n  - name: ${name}\n    level: 3\n`);
  await page.getByRole("button", { name: "Review changes" }).click();
  await expect(page.getByRole("alert")).toContainText("line 4: is not known");
  await look(page, "setup-config-mistake");

  await file.fill(`version: 1\nskills:\n  - name: ${name}\n    kind: product\n`);
  await page.getByRole("button", { name: "Review changes" }).click();
  await expect(changes).toContainText(`skill “${name}”`);
  expect((await skills()).some((s) => s.name === name)).toBe(false);
  await look(page, "setup-config-plan");
  await applied(1);
  expect((await skills()).find((s) => s.name === name)?.kind).toBe("product");

  await file.fill(`version: 1\nskills:\n  - name: ${name}\n    kind: language\n`);
  await page.getByRole("button", { name: "Review changes" }).click();
  await expect(changes).toContainText("product");
  await applied(2);
  await versions.getByRole("row").nth(1).getByRole("button", { name: "Show changes" }).click();
  await expect(page.getByRole("dialog")).toContainText("language");
  await look(page, "setup-config-changes");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);

  // What has come since is deleted, except what is used.
  const queue = await api.do<{ id: string }>("POST", "/v1/queues", { name: `Used ${n}` });
  const workstream = await api.do<{ id: string }>("POST", "/v1/workstreams", { name: `Calls ${n}`, mode: "push", queue_id: queue.id });
  await api.do("POST", "/v1/work-items", { workstream_id: workstream.id, title: "zqtext call back" });
  await api.do("POST", "/v1/queues", { name: `Unused ${n}` });
  await versions.getByRole("row").nth(2).getByRole("button", { name: "Restore this version" }).click();
  await expect(changes).toContainText(`skill “${name}”`);
  await expect(changes).toContainText(`queue “Unused ${n}”`);
  await expect(page.getByRole("checkbox", { name: "Delete what the file leaves out" })).toBeChecked();
  const kept = page.getByRole("alert").filter({ hasText: "Still used, and kept" });
  await expect(kept).toContainText(`queue “Used ${n}”: A workstream or a conversation still uses this queue.`);
  await expect(kept).toContainText(`workstream “Calls ${n}”`);
  await look(page, "setup-config-restore");
  await page.getByRole("button", { name: "Apply 2 changes" }).click();
  await expect(page.getByRole("status").filter({ hasText: "Applied: 2 changes" })).toBeVisible();
  expect((await skills()).find((s) => s.name === name)?.kind).toBe("product");
  expect((await api.all<{ name: string }>("/v1/queues")).map((q) => q.name)).not.toContain(`Unused ${n}`);
});
