import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
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

test("what is said automatically is switched and reworded", async ({ page }) => {
  const api = await admin();
  const said = async () => {
    const { items } = await api.do<{
      items: { id: string; trigger: string; channel: string; enabled: boolean; texts: Record<string, string> }[];
    }>("GET", "/v1/automated-messages?limit=200");
    return items.find((m) => m.trigger === "overflow_ended" && m.channel === "");
  };
  await openSetup(page, "Automated messages");
  await page.getByRole("button", { name: "Edit Overflow ended", exact: true }).click();
  const form = page.getByRole("form", { name: "Overflow ended" });
  await form.getByLabel("English").fill("{QueueName} is full for today.");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("table", { name: "Automated messages" })).toContainText("is full for today");
  const set = await said();
  expect(set?.texts).toEqual({ en: "{QueueName} is full for today." });
  await look(page, "setup-messages");
  await api.do("DELETE", `/v1/automated-messages/${set?.id ?? ""}`); // other tests read the built-in text
});
