import { accessible, picture } from "../support/look.ts";
import { Client } from "../support/client.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { standingStill } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
import { browserOf, Desk, talking } from "./page.ts";
import { openSetup, own } from "./setup.ts";

interface Made {
  id: string;
}

test("priority and tags, a transfer with a note, and how it ended", async ({ page, browser }) => {
  const api = await admin();
  const n = own();
  const site = await newSite();
  const [mia, ben] = [await newAgent(site, "Mia"), await newAgent(site, "Ben")];
  const queue = await api.do<Made>("POST", "/v1/queues", { name: `Billing ${n}` });
  await api.do("PUT", `/v1/queues/${queue.id}/members/${ben.id}`);
  await api.do("POST", "/v1/tags", { name: `Refund ${n}`, color: "red" });
  await api.do("POST", "/v1/tags", { name: `Old ${n}`, archived: true });
  await api.do("POST", `/v1/workstreams/${site.workstream}/dispositions`, { name: "Resolved" });
  await api.do("PATCH", `/v1/workstreams/${site.workstream}`, { disposition_required: true });

  await page.clock.install();
  const desk = await Desk.signIn(page, mia);
  const phone = await Phone.line(site, "zqtext Petra");
  await talking(desk, phone, "zqtext where is my money");
  await page.getByRole("button", { name: "Priority: Normal" }).click();
  await page.getByRole("menuitem", { name: "High" }).click();
  await expect(page.getByRole("button", { name: "Priority: High" })).toBeVisible();
  await page.getByRole("button", { name: "Add tag" }).click();
  await page.getByLabel("Search tags").fill(n);
  await expect(page.getByRole("option")).toHaveCount(1); // an archived one is not offered
  await accessible(page);
  await page.keyboard.press("Enter");
  await page.keyboard.press("Escape");
  await expect(page.getByRole("button", { name: `Remove tag Refund ${n}` })).toBeVisible();
  await accessible(page);
  await picture(page, "together-labels");

  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Transfer…" }).click();
  const dialog = page.getByRole("dialog", { name: "Transfer" });
  await dialog.getByLabel("Transfer to").fill(n);
  await expect(dialog.getByRole("listitem")).toHaveCount(1);
  await expect(dialog.getByRole("listitem")).toContainText("No agents available"); // Ben is not there yet
  const bens = await browserOf(browser, ben);
  await dialog.getByRole("listitem").getByRole("button").click();
  await dialog.getByLabel("Reason").selectOption("Wrong team");
  await dialog.getByLabel("Note").fill("zqtext Wants the invoice of May");
  await accessible(page);
  await picture(page, "together-transfer");
  await standingStill(page, async () => {
    await dialog.getByRole("button", { name: "Transfer", exact: true }).click();
    await page.getByRole("button", { name: "Undo" }).click();
  });
  await expect(page.getByRole("button", { name: "More actions" })).toBeVisible(); // it is here again, and goes nowhere
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: "More actions" }).click();
  await page.getByRole("menuitem", { name: "Transfer…" }).click();
  await dialog.getByLabel("Transfer to").fill(n);
  await expect(dialog.getByRole("listitem")).toHaveCount(1);
  await dialog.getByRole("listitem").getByRole("button").click();
  await dialog.getByLabel("Reason").selectOption("Wrong team");
  await dialog.getByLabel("Note").fill("zqtext Wants the invoice of May");
  await dialog.getByRole("button", { name: "Transfer", exact: true }).click();

  await expect(bens.offers).toContainText("Transferred by Mia · Wrong team"); // once it cannot be undone
  await expect(bens.offers).toContainText("zqtext Wants the invoice of May");
  await picture(bens.page, "together-offer");
  await bens.accept();
  await expect(bens.page.getByRole("note", { name: "Transfer" })).toContainText("zqtext Wants the invoice of May");
  await expect(bens.bubble("zqtext Wants the invoice of May")).toHaveCount(1);
  await bens.page.getByRole("button", { name: "End", exact: true }).click();
  const close = bens.page.getByRole("button", { name: "Close", exact: true });
  await expect(close).toBeVisible();
  await close.click();
  await expect(bens.page.getByText("Choose a disposition before you close the conversation.")).toBeVisible();
  await expect(bens.page.getByLabel("Disposition")).toBeFocused();
  await bens.page.getByLabel("Disposition").selectOption("Resolved");
  await bens.page.mouse.move(0, 0); // no button's tooltip is in the way
  await expect(bens.page.getByRole("tooltip")).toHaveCount(0);
  await accessible(bens.page);
  await picture(bens.page, "together-wrap-up");
  await close.click();
  const his = await Client.signIn(ben);
  await expect
    .poll(async () => (await his.do<{ items: { disposition: { name: string } }[] }>("GET", "/v1/conversations?view=closed")).items)
    .toMatchObject([{ disposition: { name: "Resolved" } }]);
});

test("snoozing until a time, and the customer who does not wait for it", async ({ page }) => {
  const site = await newSite();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  const phone = await Phone.line(site, "zqtext Olga");
  await talking(desk, phone, "zqtext call me tomorrow");
  const snooze = async (item: string) => {
    await page.getByRole("button", { name: "More actions" }).click();
    await page.getByRole("menuitem", { name: item }).click();
  };
  await snooze("Snooze…");
  const dialog = page.getByRole("dialog", { name: "Snooze" });
  await expect(dialog.getByRole("listitem").first()).toContainText("In 1 hour");
  await accessible(page);
  await picture(page, "together-snooze");
  await dialog.getByRole("listitem").filter({ hasText: "Tomorrow morning" }).getByRole("button").click();
  await expect(page.getByText(/^Snoozed until/).first()).toBeVisible();
  await desk.tab("Waiting").click();
  await expect(desk.row("zqtext Olga")).toContainText("Snoozed until");
  await desk.row("zqtext Olga").click();
  await snooze("Change snooze…");
  await dialog.getByLabel("Other time").fill("2020-01-01T10:00");
  await expect(dialog.getByText("Choose a time in the future.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(dialog).toBeHidden();
  await phone.says("zqtext I am here now");
  await desk.accept();
  await expect(desk.bubble("zqtext I am here now")).toHaveCount(1);
  await expect(page.getByRole("group", { name: "Priority and tags" })).not.toContainText("Snoozed");
});

test("the lists of tags and dispositions", async ({ page }) => {
  const n = own();
  await openSetup(page, "Tags");
  await page.getByRole("button", { name: "Add a tag" }).first().click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("textbox", { name: "Name" }).fill(`VIP ${n}`);
  await dialog.getByLabel("Color").selectOption("Purple");
  await accessible(page);
  await dialog.getByRole("button", { name: "Add tag" }).click();
  const row = page.getByRole("row").filter({ hasText: `VIP ${n}` });
  await expect(row).toContainText("In use");
  await look(page, "setup-tags");
  await page.getByRole("button", { name: `Edit VIP ${n}` }).click();
  await dialog.getByLabel("Archived").check();
  await dialog.getByRole("button", { name: "Save" }).click();
  await expect(row).toContainText("Archived");
  await page.keyboard.press("Escape");

  const site = await newSite();
  await page.goto(`${rig.base}/desk/setup/workstreams/${site.workstream}`);
  await page.getByRole("link", { name: /^Dispositions/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Dispositions" })).toBeVisible();
  await page.getByRole("button", { name: "Add a disposition" }).first().click();
  await dialog.getByRole("textbox", { name: "Name" }).fill("Resolved");
  await dialog.getByRole("button", { name: "Add disposition" }).click();
  await expect(page.getByRole("row").filter({ hasText: "Resolved" })).toContainText("In use");
  await page.getByLabel(/^Agents must choose/).check();
  await page.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("Saved. It takes effect at once.")).toBeVisible();
  await look(page, "setup-dispositions");
});
