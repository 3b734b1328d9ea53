import type { Page } from "@playwright/test";
import { accessible, desktop, phone as small, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { long } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

const lengthy = "zqtext Wolfeschlegelsteinhausenbergerdorff-Featherstonehaugh de la Cruz y Villanueva the Third of the Northern Provinces";

/** everyLook shows a page in both sizes and both colours, and has it checked in each; the long tests in every combination. */
async function everyLook(page: Page, name: string): Promise<void> {
  for (const [size, box] of Object.entries({ desktop, phone: small })) {
    await page.setViewportSize(box);
    for (const colorScheme of ["light", "dark"] as const) {
      if (!long && (size === "phone") !== (colorScheme === "dark")) continue;
      await page.emulateMedia({ colorScheme });
      await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", colorScheme);
      await accessible(page);
      await picture(page, `${name}-${size}-${colorScheme}`);
    }
  }
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: "light" });
}

test("every page in both sizes and both colours", async ({ page }) => {
  await page.goto(`${rig.base}/desk/`);
  await everyLook(page, "look-sign-in");
  const site = await newSite();
  const mia = await newAgent(site, "Mia Maas-van den Berg", 5);
  const desk = await Desk.signIn(page, mia);
  await expect(page.getByText("No conversations assigned to you")).toBeVisible();
  await everyLook(page, "look-empty");

  const kim = await Phone.line(site, lengthy);
  await kim.says(
    "zqtext Good morning, my parcel with number 4711-0815-123456789012345678901234567890 did not arrive. Could you have a look?",
  );
  await desk.accept();
  for (let i = 1; i <= 3; i++)
    await desk.write(`zqtext Answer ${String(i)}: we are looking into it and will tell you as soon as the carrier has answered us.`);
  await expect(page.locator('.mark[data-status="sent"]')).toHaveCount(3);
  await kim.says("zqtext שלום, תודה רבה על העזרה");
  await expect(desk.bubble("שלום")).toBeVisible();
  await page.getByText("Note", { exact: true }).click();
  await desk.composer.fill("zqtext Has called before; speaks Hebrew.");
  await page.getByRole("button", { name: "Save note" }).click();
  await page.getByText("Internal", { exact: true }).click();
  await desk.write("zqtext Does anybody know the carrier?");
  await expect(desk.bubble("Does anybody")).toBeVisible();
  const more = await Phone.line(site, "zqtext Ana");
  await more.says("zqtext Hi, one question about the invoice");
  await expect(desk.offers.getByText("invoice")).toBeVisible();
  await everyLook(page, "look-thread-and-offer");
  await desk.offers.getByRole("button", { name: /^Accept/ }).click();
  await expect(page.getByRole("heading", { name: "zqtext Ana" }).first()).toBeVisible();
  await page.setViewportSize(small);
  await page.getByRole("button", { name: "Back to inbox" }).click();
  await expect(desk.row("zqtext Ana")).toBeVisible();
  await everyLook(page, "look-list");
});

test("what is on its way, and what failed, says so", async ({ page }) => {
  const site = await newSite();
  await Desk.signIn(page, await newAgent(site, "Mia"));
  await page.goto(`${rig.base}/desk/c/00000000-0000-0000-0000-000000000000`);
  await expect(page.getByRole("alert").getByText("Could not load the conversation")).toBeVisible();
  await everyLook(page, "look-not-there");

  let give: () => void = () => undefined;
  const hold = new Promise<void>((resolve) => (give = resolve));
  await page.route("**/v1/conversations?**", async (route) => {
    await hold;
    await route.fulfill({
      status: 422,
      contentType: "application/problem+json",
      body: JSON.stringify({ type: "", title: "", status: 422, code: "invalid", detail: "This list is not to be had." }),
    });
  });
  await page.goto(`${rig.base}/desk/`);
  await expect(page.getByRole("status", { name: "Loading" })).toBeVisible();
  await everyLook(page, "look-loading");
  give();
  await expect(page.getByText("This list is not to be had.")).toBeVisible();
  await everyLook(page, "look-failed");
  await page.unrouteAll({ behavior: "wait" });
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("No conversations assigned to you")).toBeVisible();
});
