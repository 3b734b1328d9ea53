import { picture } from "../support/look.ts";
import { rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";
import { openSetup } from "./setup.ts";

test("the API's documentation is searched and tried", async ({ page }) => {
  await Desk.signIn(page, rig.admin);
  const resp = await page.goto(`${rig.base}/docs`);
  expect(resp?.headers()["content-security-policy"]).toContain("default-src 'none'");
  const viewer = page.locator("#viewer[data-ready=true]");
  await viewer.waitFor();

  // Every word is looked for in what an operation says of itself, not in its group's name only.
  const search = page.getByRole("textbox", { name: "Search operations" });
  await search.fill("overflow queue");
  await search.press("Enter");
  const found = viewer.locator(".opblock-summary-path");
  await expect(found.filter({ hasText: "overflow" }).first()).toBeVisible();
  await expect(found.filter({ hasText: "/v1/campaigns" })).toHaveCount(0);

  // A request from the page is made with the session of who is signed in.
  await search.fill("listQueues");
  await search.press("Enter");
  const operation = viewer.locator("#operations-Queues-listQueues");
  await operation.locator(".opblock-summary-control").click();
  await operation.getByRole("button", { name: "Execute" }).click();
  await expect(operation.locator(".live-responses-table tbody .response-col_status")).toHaveText(/200/);
  await picture(page, "api-docs");

  // The addresses of problems lead to what they mean.
  await page.goto(`${rig.base}/docs#problem-window_closed`);
  await expect(page.locator("#problem-window_closed")).toContainText("409");
});

test("a page of Setup leads to its operation in the API's documentation", async ({ page }) => {
  await openSetup(page, "Operating hours");
  const opened = page.waitForEvent("popup");
  await page.getByRole("link", { name: "The same in the API" }).click();
  const docs = await opened;
  await docs.locator("#viewer[data-ready=true]").waitFor();
  const operation = docs.locator("#operations-Operating_hours-listOperatingHours");
  await expect(operation.getByRole("button", { name: "Execute" })).toBeVisible();
  await expect(operation).toBeInViewport();
  await expect(operation.locator(".opblock-summary-control")).toBeFocused();
  await picture(docs, "api-docs-operation");

  // Another one on the same page, by its address alone.
  await docs.evaluate(() => {
    location.hash = "op-createQueue";
  });
  const other = docs.locator("#operations-Queues-createQueue");
  await expect(other).toBeInViewport();
  await expect(other.getByRole("button", { name: "Execute" })).toBeVisible();
});
