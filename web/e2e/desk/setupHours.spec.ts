import { expect, test } from "../support/test.ts";
import { look } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

test("operating hours with the next days as they will be", async ({ page }) => {
  const n = own();
  await openSetup(page, "Operating hours");
  await look(page, "setup-hours-list");
  await page.getByRole("link", { name: "Add operating hours" }).first().click();
  const form = page.getByRole("form", { name: "Add operating hours" });
  await form.getByLabel("Name").fill(`Office ${n}`);
  await form.getByLabel("Time zone").selectOption("Europe/Tallinn");
  await form.getByLabel("Saturday").fill("ten to two");
  await form.getByRole("button", { name: "Add hours" }).click();
  await expect(form.getByLabel("Saturday")).toBeFocused();
  await expect(form.getByLabel("Saturday")).toHaveAccessibleDescription(/08:00-17:00/);
  await form.getByLabel("Saturday").fill("10:00-14:00");
  await form.getByRole("button", { name: "Add hours" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Office ${n}` })).toBeVisible();
  const next = page.getByRole("table", { name: "Next days" });
  await expect(next.getByRole("row").filter({ hasText: "10:00 to 14:00" })).toHaveCount(2); // Saturdays in 14 days
  await expect(next.getByRole("row")).toHaveCount(14);
  const clocks = page.getByRole("table", { name: "Days on which the clocks change" });
  await expect(clocks.getByRole("row")).toHaveCount(2);
  await expect(clocks).toContainText("Clocks go forward an hour");
  await expect(clocks).toContainText("Clocks go back an hour");
  await look(page, "setup-hours");
});
