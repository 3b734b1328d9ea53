import { Client } from "../support/client.ts";
import { accessible, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { long, patience } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

test.use({ contextOptions: { reducedMotion: "reduce" } });

test("dialogs and menus", async ({ page }) => {
  await Desk.signIn(page, await newAgent(await newSite(), "Mia"));
  await page.keyboard.press("?");
  await expect(page.getByRole("dialog", { name: "Keyboard shortcuts" })).toBeVisible();
  await accessible(page);
  await picture(page, "look-keys");
  await page.keyboard.press("Escape");
  await page.keyboard.press("Control+k");
  await expect(page.getByPlaceholder("Search conversations and commands")).toBeVisible();
  await accessible(page);
  await picture(page, "look-search");
  await page.keyboard.press("Escape");
  await page.getByRole("button", { name: /^Presence/ }).click();
  await expect(page.getByRole("menuitem", { name: /Away/ })).toBeVisible();
  await accessible(page);
  await picture(page, "look-presence");
});

test("a long thread is read page by page", async ({ page }) => {
  const site = await newSite();
  const mia = await newAgent(site, "Mia");
  const desk = await Desk.signIn(page, mia);
  const phone = await Phone.line(site, "zqtext Chatty");
  await phone.says("zqtext the very first");
  await desk.accept();
  const api = await Client.signIn(mia);
  const { items } = await api.do<{ items: { id: string }[] }>("GET", "/v1/conversations?view=mine");
  const path = `/v1/conversations/${items[0]?.id ?? ""}/internal-messages`;
  const last = long ? 310 : 160; // a page has 60
  for (let n = 1; n <= last; n++)
    await api.do("POST", path, { text: `zqtext line ${String(n)}` }, { "Idempotency-Key": `line-${String(n)}` });
  const end = desk.thread.getByText(`zqtext line ${String(last)}`, { exact: true });
  await expect(end).toBeVisible();
  await page.reload();
  await expect(end).toBeVisible();
  await expect.poll(() => desk.thread.locator(".bubble").count()).toBeLessThan(Math.min(200, last));
  await expect(async () => {
    await desk.thread.evaluate((el) => el.scrollTo({ top: 0 }));
    await expect(desk.bubble("zqtext the very first")).toBeVisible({ timeout: 1000 });
  }).toPass({ timeout: patience(60_000) });
  await expect(desk.thread.locator(".bubble")).toHaveCount(last + 1);
  await picture(page, "desk-long-thread");
});
