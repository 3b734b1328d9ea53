import { Desk } from "../support/desk.ts";
import { accessible, desktop, phone, picture } from "../support/look.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { newWidget, signIns, Visitor } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";

test("a persistent chat is there again in another browser, with the same sign-in", async ({ browser }) => {
  const site = await newSite({ style: "persistent" });
  const widget = await newWidget(site, { authentication: "required", ...signIns });
  const ann = await Desk.open(await newAgent(site, "Ann"));
  const mode = "persistent";
  const sub = `anna-${widget.key}`;

  const first = await browser.newContext({ viewport: desktop });
  const nobody = await Visitor.enters(first, widget, { mode });
  await nobody.opens();
  await expect(nobody.panel.getByText("Please sign in")).toBeVisible();
  await accessible(nobody.page);
  await picture(nobody.page, "widget-sign-in-desktop");
  await nobody.page.close();

  const anna = await Visitor.enters(first, widget, { mode, sub });
  await anna.opens();
  await anna.says("zqtext My teapot has a crack");
  const conv = await ann.accept();
  await ann.says(conv, "zqtext We send you another one. I write when it leaves.");
  await expect(anna.bubble("We send you another one")).toBeVisible();
  await expect(anna.panel.getByRole("button", { name: "End chat" })).toHaveCount(0);
  await first.close();
  await ann.does(conv, "park");

  const second = await browser.newContext({ viewport: phone, colorScheme: "dark", hasTouch: true });
  const back = await Visitor.enters(second, widget, { mode, sub });
  await back.opens();
  await expect(back.bubble("My teapot has a crack")).toBeVisible();
  await expect(back.bubble("We send you another one")).toBeVisible();
  await back.says("zqtext Has it left?");
  expect(await ann.accept()).toBe(conv); // the agent who had it is told
  await ann.says(conv, "zqtext It left an hour ago");
  await expect(back.bubble("It left an hour ago")).toBeVisible();
  await accessible(back.page);
  await picture(back.page, "widget-persistent-phone-dark");
  await second.close();
  ann.close();
});

test("another visitor of the same browser sees nothing of the one before", async ({ browser }) => {
  const site = await newSite({ style: "persistent" });
  const widget = await newWidget(site, { authentication: "required", ...signIns });
  const context = await browser.newContext();
  const mode = "persistent";
  const anna = await Visitor.enters(context, widget, { mode, sub: `anna-${widget.key}` });
  await anna.opens();
  await anna.says("zqtext For Anna's eyes");
  await expect(anna.mark).toHaveText("Sent");
  await anna.page.close();
  const bram = await Visitor.enters(context, widget, { mode, sub: `bram-${widget.key}` });
  await bram.opens();
  await bram.says("zqtext I am Bram");
  await expect(bram.mark).toHaveText("Sent");
  await bram.said(["zqtext I am Bram"]);
  await context.close();
});
