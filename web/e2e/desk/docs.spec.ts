import { picture } from "../support/look.ts";
import { rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

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
