import { accessible, picture } from "../support/look.ts";
import { Client } from "../support/client.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

test("an agent changes their own password, and other devices are signed out", async ({ page }) => {
  const ann = await newAgent(await newSite(), "Ann");
  const elsewhere = await Client.signIn(ann);
  await Desk.signIn(page, ann);
  await page.getByRole("button", { name: /settings and sign out/ }).click();
  await page.getByRole("menuitem", { name: "Your account…" }).click();

  const dialog = page.getByRole("dialog", { name: "Your account" }).getByRole("region", { name: "Password" });
  await expect(page.getByRole("list", { name: "Sign-ins" }).getByRole("listitem")).toHaveCount(2);
  await dialog.getByRole("button", { name: "Change password" }).click();
  const field = (name: string) => dialog.getByRole("textbox", { name });
  const submit = dialog.getByRole("button", { name: "Change password" });
  await field("Current password").fill("not this one");
  await field("New password").fill("incorrect zebra accumulator");
  await submit.click();
  await expect(field("Current password")).toHaveAccessibleDescription(/This is not your password/);
  await accessible(page);
  await picture(page, "change-password");
  await field("Current password").fill(ann.password);
  await submit.click();
  await expect(page.getByText("Your password was changed.")).toBeVisible();
  await expect(field("New password")).toBeHidden();
  await expect(page.getByRole("list", { name: "Sign-ins" }).getByRole("listitem").filter({ hasText: "This browser" })).toHaveCount(1);

  // This browser stays signed in, any other does not.
  await page.reload();
  await expect(page.getByRole("button", { name: /settings and sign out/ })).toBeVisible();
  await expect(elsewhere.do("GET", "/v1/me")).rejects.toThrow(/401/);
  await Client.signIn({ ...ann, password: "incorrect zebra accumulator" });
});
