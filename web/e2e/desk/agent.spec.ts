import { accessible, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

test("an agent lives through a conversation", async ({ page }) => {
  const site = await newSite();
  const desk = await Desk.enter(page, await newAgent(site, "Mia Maas", 5));
  await expect(page.getByRole("button", { name: "Presence: Available" })).toBeVisible();
  await expect(page.getByText("0 of 5")).toBeVisible();
  await expect(page.getByText("No conversations assigned to you")).toBeVisible();
  await accessible(page);
  await picture(page, "desk-empty");

  const phone = await Phone.line(site, "zqtext Kim Lee");
  await phone.says("zqtext Where is my parcel?");
  await expect(desk.offers.getByText("zqtext Where is my parcel?")).toBeVisible();
  await accessible(page);
  await picture(page, "desk-offer");
  await desk.accept();
  await expect(desk.offers.getByRole("button")).toHaveCount(0);
  await expect(page.getByText("1 of 5")).toBeVisible();
  await expect(desk.bubble("zqtext Where is my parcel?")).toHaveAttribute("data-side", "in");

  await desk.write("zqtext On its way!");
  await expect(desk.bubble("zqtext On its way!")).toHaveCount(1);
  await expect.poll(async () => (await phone.view()).thread.map((l) => l.text)).toContain("zqtext On its way!");
  await expect(desk.bubble("zqtext On its way!").locator('.mark[data-status="sent"]')).toBeAttached();

  await page.getByText("Note", { exact: true }).click();
  await desk.composer.fill("zqtext Sounds annoyed");
  await page.getByRole("button", { name: "Save note" }).click();
  await expect(desk.bubble("zqtext Sounds annoyed")).toHaveAttribute("data-side", "note");
  await page.getByText("Internal", { exact: true }).click();
  await desk.write("zqtext Who knows the carrier?");
  await expect(desk.bubble("zqtext Who knows the carrier?")).toHaveAttribute("data-side", "internal");
  await accessible(page);
  await picture(page, "desk-thread");

  await page.getByRole("button", { name: "New contact" }).click();
  await page.getByRole("form", { name: "New contact" }).getByLabel("Name").fill("zqtext Kim Lee-Jones");
  await page.getByRole("button", { name: "Add and link" }).click();
  await expect(page.getByRole("heading", { name: "zqtext Kim Lee-Jones" }).first()).toBeVisible();

  await page.getByRole("button", { name: "Park" }).click();
  await expect(desk.tab("Waiting")).toContainText("1");
  await phone.says("zqtext It is here, thank you!");
  await desk.accept(); // who wrote with them before is asked first
  await expect(desk.tab("Mine")).toContainText("1");
  await expect(desk.bubble("zqtext It is here, thank you!")).toBeVisible();
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await desk.tab("Closed").click();
  await expect(desk.row("zqtext Kim")).toBeVisible();
  await expect.poll(async () => (await phone.view()).thread.map((l) => l.text)).not.toContain("zqtext Sounds annoyed");
});
