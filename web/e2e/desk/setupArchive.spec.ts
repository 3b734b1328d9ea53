import { newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

test("a queue and a workstream that were used are archived and restored", async ({ page }) => {
  const site = await newSite();
  const n = own();
  const api = await admin();
  const queue = await api.do<{ id: string }>("POST", "/v1/queues", { name: `Old ${n}` });
  const workstream = await api.do<{ id: string }>("POST", "/v1/workstreams", { name: `Calls ${n}`, mode: "push", queue_id: queue.id });
  await api.do("POST", "/v1/work-items", { workstream_id: workstream.id, title: "zqtext call back" });

  await openSetup(page, "Queues");
  const name = page.getByRole("link", { name: `Old ${n}`, exact: true });
  await name.click();
  await page.getByRole("button", { name: "Archive…" }).click();
  const dialog = page.getByRole("dialog", { name: `Archive queue “Old ${n}”?` });
  await expect(dialog.getByText(`Workstream “Calls ${n}” leads here.`)).toBeVisible();
  await expect(dialog.getByRole("button", { name: "Archive queue" })).toBeDisabled();
  await dialog.getByRole("button", { name: "Cancel" }).click();

  await api.do("PATCH", `/v1/workstreams/${workstream.id}`, { queue_id: site.queue, fallback_queue_id: site.queue });
  await page.getByRole("button", { name: "Archive…" }).click();
  await expect(dialog.getByText("1 conversation waiting, 0 conversations with an agent.")).toBeVisible();
  await dialog.getByRole("combobox", { name: "Waiting conversations" }).click();
  await page.getByRole("option", { name: `Move to Queue ${String(site.n)}`, exact: true }).click();
  await look(page, "setup-archive-question");
  await dialog.getByRole("button", { name: "Archive queue" }).click();
  await expect(page.getByText("This queue takes no new conversations.")).toBeVisible();
  const waiting = () => api.do<{ waiting: number }>("GET", `/v1/queues/${site.queue}/uses`).then((u) => u.waiting);
  await expect.poll(waiting).toBe(1);

  await page.getByRole("link", { name: "All queues" }).click();
  await expect(page.getByRole("link", { name: `Queue ${String(site.n)}`, exact: true })).toBeVisible();
  await expect(name).toHaveCount(0);
  await page.getByRole("switch", { name: "Show archived" }).check();
  await expect(name).toBeVisible();
  await look(page, "setup-archived-queues");
  await name.click();
  await page.getByRole("button", { name: "Restore" }).click();
  await expect(page.getByRole("button", { name: "Archive…" })).toBeVisible();
  await expect(page.getByText("This queue takes no new conversations.")).toHaveCount(0);

  await page.getByRole("navigation", { name: "Setup" }).getByRole("link", { name: "Workstreams" }).click();
  await page.getByRole("link", { name: `Calls ${n}`, exact: true }).click();
  await page.getByRole("button", { name: "Archive…" }).click();
  await page
    .getByRole("dialog", { name: `Archive workstream “Calls ${n}”?` })
    .getByRole("button", { name: "Archive workstream" })
    .click();
  await expect(page.getByText("This workstream takes no new conversations.")).toBeVisible();
  await look(page, "setup-archived-workstream");
});
