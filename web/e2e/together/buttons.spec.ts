import { Desk as Page } from "../desk/page.ts";
import { Desk } from "../support/desk.ts";
import { accessible, desktop, phone as small, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";

const buttons = [
  { title: "Yes, please", value: "zqtext-refund-yes" },
  { title: "No, thank you", value: "zqtext-refund-no" },
];

test("quick replies of a program are tapped once in the widget and come back with their value", async ({ browser, page }) => {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site);
  const ann = await newAgent(site, "Ann");
  const shop = await browser.newContext({ viewport: small, hasTouch: true });
  const kim = await Visitor.enters(shop, widget);
  await kim.opens();
  await kim.says("zqtext My teapot is broken");
  await expect(kim.mark).toHaveText("Sent");
  const desk = await Page.signIn(page, ann);
  await desk.accept();
  const program = await Desk.open(ann); // which gives buttons values of their own
  const { items } = await program.client.do<{ items: { id: string }[] }>("GET", "/v1/conversations?view=mine");
  const conv = items[0]?.id ?? "";
  await program.says(conv, "zqtext Do you want your money back?", { buttons });
  const offered = kim.log.locator("[part~=quick]");
  await expect(offered).toHaveText(buttons.map((b) => b.title));
  await expect(desk.bubble("your money back").getByRole("listitem")).toHaveText(buttons.map((b) => b.title));
  await accessible(kim.page);
  await picture(kim.page, "widget-buttons-phone");
  await kim.page.reload();
  await expect(offered).toHaveCount(2); // still there
  await offered.first().tap();
  await expect(offered).toHaveCount(0);
  await expect(kim.bubble("Yes, please")).toHaveCount(1);
  await expect(desk.thread.locator('.bubble[data-side="in"]').filter({ hasText: "Yes, please" })).toHaveCount(1);
  const tapped = (await program.thread(conv)).find((m) => m.type === "postback");
  expect(JSON.stringify(tapped)).toContain("zqtext-refund-yes");
  await accessible(page);
  await picture(page, "desk-buttons");
  program.close();
  await shop.close();
});

test("an agent adds buttons by keyboard, and the visitor taps one", async ({ browser, page }) => {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site);
  const ann = await newAgent(site, "Ann");
  const shop = await browser.newContext({ viewport: small, hasTouch: true });
  const kim = await Visitor.enters(shop, widget);
  await kim.opens();
  await kim.says("zqtext I want a teapot");
  const desk = await Page.signIn(page, ann);
  await desk.accept();
  await expect(desk.bubble("I want a teapot")).toBeVisible();

  await desk.composer.fill("zqtext Which one?");
  await page.getByRole("button", { name: "Add buttons" }).press("Enter");
  const fields = page.getByRole("group", { name: "Buttons for the customer" });
  const field = (n: number) => fields.getByRole("textbox", { name: `Button ${String(n)}` });
  const send = page.getByRole("button", { name: "Send", exact: true });
  await expect(field(1)).toBeFocused();
  await page.keyboard.type("zqtext Celadon");
  await page.keyboard.press("Enter");
  await expect(field(2)).toBeFocused();
  await page.keyboard.type("zqtext Celadon");
  await expect(fields.getByText("Another button has the same text")).toBeVisible();
  await expect(send).toBeDisabled();
  await field(2).fill("zqtext Tenmoku, the black one");
  await expect(fields.getByText("9 characters over the limit")).toBeVisible();
  await expect(send).toBeDisabled();
  for (const [size, box] of Object.entries({ desktop, phone: small })) {
    await page.setViewportSize(box);
    await accessible(page);
    await picture(page, `composer-buttons-wrong-${size}`);
  }
  await page.setViewportSize(desktop);
  await field(2).fill("zqtext Tenmoku");
  await field(2).press("Enter");
  await expect(field(3)).toBeFocused();
  await page.keyboard.press("Backspace"); // one too many
  await expect(field(2)).toBeFocused();
  await page.reload(); // nothing composed is lost
  await expect(field(2)).toHaveValue("zqtext Tenmoku");
  for (const [size, box] of Object.entries({ phone: small, desktop })) {
    await page.setViewportSize(box);
    await accessible(page);
    await picture(page, `composer-buttons-${size}`);
  }
  await field(2).press("Escape");
  await expect(desk.composer).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(fields).toHaveCount(0);

  const words = ["zqtext Celadon", "zqtext Tenmoku"];
  await expect(desk.bubble("Which one?").getByRole("listitem")).toHaveText(words);
  const offered = kim.log.locator("[part~=quick]");
  await expect(offered).toHaveText(words);
  await picture(kim.page, "widget-buttons-composed-phone");
  await offered.last().tap();
  await expect(offered).toHaveCount(0);
  await expect(desk.thread.locator('.bubble[data-side="in"]').filter({ hasText: "zqtext Tenmoku" })).toHaveCount(1);
  await picture(page, "desk-buttons-composed");

  const lee = await Phone.whatsapp(site, "zqtext Lee");
  await lee.says("zqtext hello");
  await desk.accept();
  await expect(desk.bubble("zqtext hello")).toBeVisible();
  await expect(page.getByText(/file/).first()).toBeVisible(); // what can be sent here is known
  await expect(page.getByRole("button", { name: "Add buttons" })).toHaveCount(0);
  await shop.close();
});

test("quick replies go to LINE, and not to where there are none", async () => {
  const site = await newSite();
  const ann = await Desk.open(await newAgent(site, "Ann"));
  const lee = await Phone.line(site, "zqtext Lee");
  await lee.says("zqtext hello");
  const onLINE = await ann.accept();
  await ann.says(onLINE, "zqtext Shall we?", { buttons });
  await expect
    .poll(async () => (await lee.view()).thread.find((l) => l.text === "zqtext Shall we?")?.buttons?.map((b) => [b.label, b.data]))
    .toEqual(buttons.map((b) => [b.title, b.value]));
  await lee.taps("Yes, please", "zqtext-refund-yes");
  await expect.poll(async () => JSON.stringify(await ann.thread(onLINE))).toContain('"postback"');
  const kim = await Phone.whatsapp(site, "zqtext Kim");
  await kim.says("zqtext hello");
  const onWhatsApp = await ann.accept();
  await expect(ann.says(onWhatsApp, "zqtext Shall we?", { buttons })).rejects.toThrow(/422.*are not carried by this channel/);
  ann.close();
});
