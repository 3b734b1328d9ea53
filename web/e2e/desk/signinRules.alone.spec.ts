import { appCode } from "../support/appCode.ts";
import { card, desktop } from "../support/look.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
import { Desk } from "./page.ts";
import { openSetup } from "./setup.ts";

// The rules are everybody's: other tests' supervisors would be led to set up a second factor.
test("where a second factor is required, nothing goes before it is set up", async ({ page, browser }) => {
  const ann = await newAgent(await newSite(), "Ann");
  const api = await admin();
  await api.do("PATCH", `/v1/agents/${ann.id}`, { role: "supervisor" });
  await Desk.signIn(page, ann);
  const theirs = await (await browser.newContext({ viewport: desktop, locale: "en-GB" })).newPage();
  await openSetup(theirs, "Sign-in rules");
  const form = theirs.getByRole("form", { name: "Sign-in rules" });
  await form.getByRole("checkbox", { name: "Supervisors" }).check();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByText("Saved. It takes effect at once.")).toBeVisible();
  await look(theirs, "signin-settings");

  // Who is signed in is led to it at once.
  await expect(page.getByRole("button", { name: "Set up authenticator app" })).toBeVisible();
  await card(page, "signin-must-set-up");
  await page.getByRole("button", { name: "Set up authenticator app" }).click();
  const key = (await page.locator(".key").textContent()) ?? "";
  await page.getByRole("textbox", { name: "Code" }).fill(appCode(key));
  await page.getByRole("button", { name: "Turn on" }).click();
  await expect(page.getByRole("list", { name: "Recovery codes" })).toBeVisible();
  await page.getByRole("button", { name: "I have kept them" }).click();
  await expect(page.getByRole("region", { name: "Inbox" })).toBeVisible();
  await api.do("PATCH", "/v1/sign-in-settings", { second_factor_roles: [] });
});
