import { Phone } from "../support/phone.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

test("an agent's day by keyboard alone", async ({ page }) => {
  const site = await newSite();
  const mia = await newAgent(site, "Mia", 5);
  await page.goto(`${rig.base}/desk/`);
  await expect(page.getByLabel("E-mail address")).toBeFocused();
  await page.keyboard.type(mia.email);
  await page.keyboard.press("Tab");
  await page.keyboard.type(mia.password);
  await page.keyboard.press("Enter");
  const desk = new Desk(page);
  await expect(page.getByRole("region", { name: "Inbox" })).toBeVisible();

  const names = ["zqtext Ann", "zqtext Ben"];
  for (const name of names) {
    const phone = await Phone.line(site, name);
    await phone.says(`${name} writes`);
    await expect(desk.offers.getByText(`${name} writes`)).toBeVisible();
    await page.keyboard.press("a");
    await expect(page.getByRole("heading", { name }).first()).toBeVisible();
    await expect(desk.composer).toBeFocused(); // what is typed now is for the customer
    await page.keyboard.press("Escape");
  }
  const refused = await Phone.line(site, "zqtext Cas");
  await refused.says("zqtext Cas writes");
  await expect(desk.offers.getByText("zqtext Cas writes")).toBeVisible();
  await page.keyboard.press("d");
  await expect(desk.offers.getByRole("button")).toHaveCount(0);

  await page.keyboard.press("j");
  await expect(page.locator("[data-row]:focus")).toBeVisible();
  await page.keyboard.press("k");
  const name = "zqtext Ann"; // who waits longest is the first
  await expect(page.locator("[data-row]:focus")).toContainText(name);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name }).first()).toBeVisible();
  await expect(desk.composer).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("r");
  await expect(desk.composer).toBeFocused();
  await page.keyboard.type("zqtext typed by keys alone");
  await page.keyboard.press("Enter");
  await expect(desk.bubble("zqtext typed by keys alone").locator('.mark[data-status="sent"]')).toBeAttached();
  await page.keyboard.press("Escape");
  await page.keyboard.press("n");
  await expect(desk.composer).toBeFocused();
  await page.keyboard.type("zqtext noted by keys");
  await page.keyboard.press("Enter");
  await expect(desk.bubble("zqtext noted by keys")).toHaveAttribute("data-side", "note");
  await page.keyboard.press("Escape");
  // The answer to the command comes when the agent is at the next conversation already.
  let answer = (): void => undefined;
  const goneOn = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route("**/park", async (route) => {
    const response = await route.fetch();
    await goneOn;
    await route.fulfill({ response });
  });
  await page.keyboard.press("p");
  await expect(desk.tab("Waiting")).toContainText("1");
  await page.keyboard.press("j");
  await expect(page.locator("[data-row]:focus")).toContainText("zqtext Ben");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: "zqtext Ben" }).first()).toBeVisible();
  answer();
  await expect(page.getByText("Conversation parked")).toBeVisible();
  await expect(page.getByRole("button", { name: "End", exact: true })).toBeVisible();
  await expect(desk.composer).toBeFocused();
  await page.keyboard.press("Escape");
  await page.keyboard.press("e");
  await expect(page.getByRole("button", { name: "Close", exact: true })).toBeVisible();
  await page.keyboard.press("e");
  await expect(page.getByText("Select a conversation")).toBeVisible();
});
