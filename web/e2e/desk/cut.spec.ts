import { expect, test } from "@playwright/test";
import { Client } from "../support/client.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { Network } from "./network.ts";
import { Desk, once, talking } from "./page.ts";

test("a cut of the network leaves no gap and doubles nothing", async ({ page }) => {
  const network = await Network.open();
  const site = await newSite();
  const mia = await newAgent(site, "Mia");
  const desk = await Desk.signIn(page, mia, network.base);
  const phone = await Phone.line(site, "zqtext Cut");
  await talking(desk, phone, "zqtext hello");
  await desk.write("zqtext before");
  await expect(desk.bubble("zqtext before").locator('.mark[data-status="sent"]')).toBeAttached();

  network.silence(); // connections stay half open; the desk notices that no ping comes
  await expect(page.getByText("No connection; trying again.")).toBeVisible({ timeout: 60_000 });
  for (const n of [1, 2, 3]) await phone.says(`zqtext while away ${String(n)}`);
  const other = await Client.signIn(mia);
  const { items } = await other.do<{ items: { id: string }[] }>("GET", "/v1/conversations?view=mine");
  const id = items[0]?.id ?? "";
  await other.do("POST", `/v1/conversations/${id}/messages`, { text: "zqtext from elsewhere" }, { "Idempotency-Key": "elsewhere" });
  await desk.write("zqtext typed offline");
  await expect(desk.bubble("zqtext typed offline")).toHaveCount(1);

  network.mend();
  await expect(page.getByText("No connection; trying again.")).toBeHidden();
  await once(desk, [
    "zqtext hello",
    "zqtext before",
    "zqtext while away 1",
    "zqtext while away 2",
    "zqtext while away 3",
    "zqtext from elsewhere",
    "zqtext typed offline",
  ]);
  await expect(desk.bubble("zqtext typed offline").locator('.mark[data-status="sent"]')).toBeAttached();
  await expect.poll(async () => (await phone.view()).thread.filter((l) => l.text === "zqtext typed offline").length).toBe(1);
  network.close();
});
