import { accessible, phone as small, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { standingStill } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

test.use({ contextOptions: { reducedMotion: "reduce" } });

test("of several offers one is open, and the list can be used beside it", async ({ page }) => {
  const site = await newSite();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia", 9));
  const names = ["Ann", "Ben", "Cas", "Dot", "Eve", "Fay", "Gus", "Hal"].map((n) => `zqtext ${n}`);
  for (const name of names) await (await Phone.line(site, name)).says(`${name} writes`);
  const card = desk.offers.getByRole("group", { name: /^Offer/ });
  const more = desk.offers.getByRole("button", { name: /more offers/ });
  await expect(more).toHaveText("7 more offers");
  await expect(card).toHaveCount(1);

  for (const size of [small, { width: 1440, height: 900 }]) {
    await page.setViewportSize(size);
    await desk.tab("Mine").click();
    await more.click();
    const rows = page.getByRole("listitem");
    await expect(rows).toHaveCount(names.length);
    const last = rows.last().getByRole("button");
    await expect(async () => {
      await last.scrollIntoViewIfNeeded();
      const [row, top] = [await last.boundingBox(), await desk.offers.boundingBox()];
      expect(row && top && row.y + row.height <= top.y + 1).toBe(true); // nothing lies over it
    }).toPass();
    await accessible(page);
    await picture(page, `desk-offers-${String(size.width)}`);
  }

  // Whose conversation is looked at is the one that can be accepted.
  await page.setViewportSize(small);
  await desk.row("zqtext Cas").click();
  await expect(card).toHaveAccessibleName("Offer: zqtext Cas");
  await expect(desk.bubble("zqtext Cas writes")).toBeInViewport();
  await picture(page, "desk-offer-looked-at");
  await desk.accept();
  await expect(desk.composer).toBeInViewport();
  await expect(more).toHaveText("6 more offers");
  await page.getByRole("button", { name: "Back to inbox" }).click();
  await desk.tab("Mine").click();
  await desk.row("zqtext Cas").click();
  await expect(desk.bubble("zqtext Cas writes")).toBeVisible();
});

test("undoing Park shows the conversation again", async ({ page }) => {
  const site = await newSite();
  await page.clock.install();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  const customer = await Phone.line(site, "zqtext Kim");
  await customer.says("zqtext hello");
  await desk.accept();
  for (const size of [{ width: 1440, height: 900 }, small]) {
    await page.setViewportSize(size);
    await standingStill(page, async () => {
      await page.getByRole("button", { name: "Park" }).click();
      await page.getByRole("button", { name: "Undo" }).click();
    });
    await expect(desk.bubble("zqtext hello")).toBeVisible();
    await expect(page.getByRole("button", { name: "Park" })).toBeVisible();
    await expect(desk.composer).toBeVisible();
  }
});
