import { readFile } from "node:fs/promises";

import { Desk as Api } from "../support/desk.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite, rig, type Site } from "../support/rig.ts";
import { standingStill } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";
import { look } from "./campaigns.ts";
import { Desk } from "./page.ts";
import { own } from "./setup.ts";

const queueOf = (site: Site) => `Queue ${String(site.n)}`;

test("a supervisor sees what happens as it happens, looks into it and steers it", async ({ page }) => {
  const site = await newSite();
  const name = `Mia ${own()}`;
  await page.clock.install();
  await Desk.signIn(page, rig.admin);
  await page.getByRole("link", { name: "Live" }).click();
  const figure = (label: string) => page.getByRole("link", { name: new RegExp(`^${label} in ${queueOf(site)}: `) });
  await expect(figure("Waiting")).toHaveText("0");
  for (const who of ["zqtext Ada Live", "zqtext Bo Live"]) await (await Phone.line(site, who)).says("zqtext Is anybody there?");
  await expect(figure("Waiting")).toHaveText("2"); // by itself
  await look(page, "live-overview");

  await figure("Waiting").click();
  const list = page.getByRole("table", { name: "Ongoing conversations" });
  await expect(list.getByRole("row")).toHaveCount(3);
  await expect(page.getByText("2 conversations", { exact: true })).toBeVisible();
  await look(page, "live-conversations");

  // One is taken, and is looked into.
  const mia = await Api.open(await newAgent(site, name, 1));
  const taken = await mia.accept();
  await expect(list.getByRole("row")).toHaveCount(2); // the other one waits
  await page.goto(`${rig.base}/desk/live/conversations?queue_id=${site.queue}&figure=active`);
  await list.getByRole("row").filter({ hasText: name }).getByRole("button").click();
  const watch = page.getByRole("dialog");
  await expect(watch.getByText("zqtext Is anybody there?")).toBeVisible();
  await watch.getByRole("button", { name: "Monitor" }).click();
  await expect(watch.getByRole("button", { name: "Leave" })).toBeVisible();
  await watch.getByRole("button", { name: "Join" }).click();
  await expect(watch.getByText("You have joined")).toBeVisible();
  await look(page, "live-watch");
  await watch.getByRole("button", { name: "Leave" }).click();
  await expect(watch.getByRole("button", { name: "Monitor" })).toBeVisible();
  await watch.getByRole("button", { name: "Close conversation" }).click();

  // Agents, and what they have.
  await page.getByRole("tab", { name: "Agents" }).click();
  await page.getByLabel("Name").fill(name.toLowerCase());
  const row = page.getByRole("table", { name: "Agents" }).getByRole("row").filter({ hasText: name });
  await expect(row).toContainText("1 of 1");
  await look(page, "live-agents");

  // Many at once: taken back, then done, with an outcome of each.
  await page.goto(`${rig.base}/desk/live/conversations?queue_id=${site.queue}`);
  await expect(list.getByRole("row")).toHaveCount(3);
  await page.getByRole("checkbox", { name: "Select zqtext Ada Live" }).check();
  await page.getByRole("button", { name: "Select all 2" }).click();
  const bar = page.getByRole("region", { name: "Selected conversations" });
  const ask = () => bar.getByRole("button", { name: "Force-close…" }).click();
  const close = () => page.getByRole("dialog").getByRole("button", { name: "Force-close 2 conversations" }).click();
  await ask();
  await standingStill(page, async () => {
    await close();
    await bar.getByRole("button", { name: "Undo" }).dispatchEvent("click"); // the dialog fades by the clock
  });
  await expect(bar).toBeHidden();
  await page.getByRole("checkbox", { name: "Select zqtext Ada Live" }).check();
  await page.getByRole("button", { name: "Select all 2" }).click();
  await ask();
  await close();
  await expect(bar.getByText("2 changed")).toBeVisible();
  await expect(page.getByText("0 conversations", { exact: true })).toBeVisible();
  expect((await mia.conversation(taken)).state).toBe("closed");
  await look(page, "live-steered");
  mia.close();
});

test("a report is what its CSV has", async ({ page }) => {
  const site = await newSite();
  const name = `Mia ${own()}`;
  const mia = await Api.open(await newAgent(site, name));
  await (await Phone.line(site, "zqtext Cy")).says("zqtext Hello?");
  await mia.accept();
  await Desk.signIn(page, rig.admin);
  await page.goto(`${rig.base}/desk/live/reports`);
  const row = page
    .getByRole("table", { name: "Report on queues" })
    .getByRole("row")
    .filter({ has: page.getByText(queueOf(site), { exact: true }) }); // not Queue 12 for Queue 1
  await expect(row).toContainText("100%");
  const loading = page.waitForEvent("download");
  await page.getByRole("button", { name: "Download CSV" }).click();
  const text = await readFile(await (await loading).path(), "utf8");
  await expect(async () => {
    const cells = await row.getByRole("cell").allTextContents();
    expect(text).toContain(cells.join(","));
  }).toPass();
  await page.getByRole("combobox", { name: "Divided by" }).click();
  await page.getByRole("option", { name: "Hour" }).click();
  await expect(page.getByRole("figure")).toBeVisible();
  await look(page, "live-reports");
  await page.getByText("Agents", { exact: true }).last().click();
  await expect(page.getByRole("table", { name: "Report on agents" }).getByRole("row").filter({ hasText: name })).toBeVisible();
  mia.close();
});
