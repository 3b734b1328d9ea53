import { Client } from "../support/client.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { onItsOwnClock, pass } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";
import { admin } from "./campaigns.ts";
import { Network } from "./network.ts";
import { Desk, once, talking } from "./page.ts";

test("a minute without a network leaves no gap and doubles nothing: messages, what was taken back, and read marks", async ({
  page,
  browser,
}) => {
  await onItsOwnClock(page.context());
  const network = await Network.open();
  const [site, shopSite] = [await newSite(), await newSite({ style: "persistent" })];
  const mia = await newAgent(site, "Mia");
  await (await admin()).do("PUT", `/v1/queues/${shopSite.queue}/members/${mia.id}`);
  const desk = await Desk.signIn(page, mia, network.base);
  const shop = await browser.newContext();
  const kim = await Visitor.enters(shop, await newWidget(shopSite, { anonymous_threads: true }), { mode: "persistent" });
  await kim.opens();
  await kim.says("zqtext from the shop");
  await expect(kim.mark).toHaveText("Sent");
  await desk.accept();
  await kim.panel.getByRole("button", { name: "Close chat" }).click(); // present, and not reading
  await desk.write("zqtext to the shop");
  const toShop = desk.bubble("zqtext to the shop").locator(".mark");
  await expect(toShop).toHaveAttribute("data-status", /sent|delivered/);
  const phone = await Phone.line(site, "zqtext Cut");
  await talking(desk, phone, "zqtext hello");
  await phone.says("zqtext not meant for you");
  await expect(desk.bubble("zqtext not meant for you")).toHaveCount(1);
  await desk.write("zqtext before");
  await expect(desk.bubble("zqtext before").locator('.mark[data-status="sent"]')).toBeAttached();

  network.silence(); // connections stay half open; the desk notices that no ping comes
  const began = Date.now();
  await pass(page.context(), 30_000, began);
  await expect(page.getByText("No connection. Reconnecting…")).toBeVisible();
  for (const n of [1, 2, 3]) await phone.says(`zqtext while away ${String(n)}`);
  const regretted = (await phone.view()).thread.find((l) => l.text === "zqtext not meant for you");
  await phone.unsends(regretted?.id ?? "");
  const other = await Client.signIn(mia);
  const { items } = await other.do<{ items: { id: string; channel: string }[] }>("GET", "/v1/conversations?view=mine");
  const on = (channel: string) => `/v1/conversations/${items.find((c) => c.channel === channel)?.id ?? ""}/messages`;
  await other.do("POST", on("line"), { text: "zqtext from elsewhere" }, { "Idempotency-Key": "elsewhere" });
  await kim.opens(); // and reads
  await kim.says("zqtext and again from the shop");
  await desk.write("zqtext typed offline");
  await expect(desk.bubble("zqtext typed offline")).toHaveCount(1);
  await expect.poll(async () => JSON.stringify(await other.do("GET", on("line")))).not.toContain("not meant for you");
  await expect
    .poll(async () => (await other.do<{ items: { text: string; status: string }[] }>("GET", on("webchat"))).items)
    .toContainEqual(expect.objectContaining({ text: "zqtext to the shop", status: "read" }));
  await pass(page.context(), 60_000, began);
  await expect(desk.bubble("zqtext not meant for you")).toHaveCount(1); // nobody could tell the desk

  network.mend();
  await expect(page.getByText("No connection. Reconnecting…")).toBeHidden();
  const all = ["zqtext hello", "zqtext before", "zqtext while away 1", "zqtext while away 2", "zqtext while away 3"];
  all.push("zqtext from elsewhere", "zqtext typed offline");
  await once(desk, all);
  await expect(desk.bubble("zqtext not meant for you")).toHaveCount(0);
  await expect(desk.bubble("Deleted by the customer")).toHaveCount(1);
  await expect(desk.bubble("zqtext typed offline").locator('.mark[data-status="sent"]')).toBeAttached();
  await expect.poll(async () => (await phone.view()).thread.filter((l) => l.text === "zqtext typed offline").length).toBe(1);
  await desk.row("zqtext and again from the shop").click();
  await once(desk, ["zqtext from the shop", "zqtext to the shop", "zqtext and again from the shop"]);
  await expect(toShop).toHaveAttribute("data-status", "read");
  network.close();
  await shop.close();
});
