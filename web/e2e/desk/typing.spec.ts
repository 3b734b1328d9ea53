import { Client } from "../support/client.ts";
import { phone as small, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { standingStill } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";
import { Desk, talking } from "./page.ts";

test("Typing 1.1: what one types after Accept goes to the customer, and what cannot be undone can be taken back", async ({ page }) => {
  const site = await newSite();
  const mia = await newAgent(site, "Mia");
  await page.clock.install();
  const desk = await Desk.signIn(page, mia);
  const phone = await Phone.line(site, "zqtext Dan");
  await phone.says("zqtext hello");
  await desk.offers.getByRole("button", { name: /^Accept/ }).click();
  await expect(desk.composer).toBeFocused();
  await page.keyboard.type("zqtext Hello Dan, one moment please");
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await phone.thread()).map((l) => l.text)).toContain("zqtext Hello Dan, one moment please");

  const end = page.getByRole("button", { name: "End", exact: true });
  await standingStill(page, async () => {
    await page.keyboard.press("Escape");
    await page.keyboard.press("e");
    await expect(end).toBeDisabled();
    await page.getByRole("button", { name: "Undo" }).click();
    await expect(end).toBeEnabled();
  });
  await standingStill(page, async () => {
    await end.click();
    await desk.composer.fill("zqtext not yet"); // who writes goes on
    await expect(end).toBeEnabled();
  });
  const { items } = await (await Client.signIn(mia)).do<{ items: { state: string }[] }>("GET", "/v1/conversations?view=mine");
  expect(items.map((c) => c.state)).toEqual(["active"]);
  await end.click();
  await picture(page, "desk-ends"); // which may take longer than one can undo
});

test("Typing 1.5, 1.6, F07, F25: one text for one reader, input methods and other keyboards", async ({ page }) => {
  const site = await newSite();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  const phone = await Phone.line(site, "zqtext Yuki");
  await talking(desk, phone, "zqtext hello");
  await page.getByText("Internal", { exact: true }).click();
  await desk.composer.fill("zqtext careful with them");
  await page.getByText("Reply", { exact: true }).click();
  await expect(desk.composer).toHaveValue("");
  await picture(page, "composer-two-drafts");

  // Enter that ends a composition, as Safari tells it.
  await desk.composer.fill("zqtext か");
  await desk.composer.evaluate((box) => {
    box.dispatchEvent(new CompositionEvent("compositionend", { bubbles: true, data: "か" }));
    box.dispatchEvent(new KeyboardEvent("keydown", { key: "Enter", keyCode: 229, bubbles: true, cancelable: true }));
  });
  await expect(desk.composer).toHaveValue("zqtext か");
  await desk.composer.fill("");

  await page.getByText("Internal", { exact: true }).click();
  await expect(desk.composer).toHaveValue("zqtext careful with them");
  await desk.composer.press("Enter");
  await expect(desk.bubble("careful with them")).toHaveAttribute("data-side", "internal");
  await expect(desk.row("zqtext Yuki").getByTitle("Waiting for a reply")).toBeVisible(); // the customer does, still

  // R of a Cyrillic keyboard.
  await page.keyboard.press("Escape");
  await page.evaluate(() => document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "к", code: "KeyR", bubbles: true })));
  await expect(page.locator(".composer")).toHaveAttribute("data-mode", "reply");
  await expect(desk.composer).toBeFocused();
  await page.keyboard.press("Enter"); // of nothing
  expect((await phone.thread()).map((l) => l.text)).toEqual(["zqtext hello"]);
  await page.setViewportSize(small);
  await expect(desk.composer).toHaveCSS("font-size", "16px"); // F24
  await picture(page, "composer-phone");
});
