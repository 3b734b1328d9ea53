import { accessible, picture } from "../support/look.ts";
import { rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { look } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

test("people sign in with their company account", async ({ page, browser }) => {
  const name = `Company ${own()}`;
  await openSetup(page, "Single sign-on");
  await page.getByRole("link", { name: "Add a provider" }).first().click();
  const form = page.getByRole("form", { name: "Add an identity provider" });
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Issuer").fill("login");
  await form.getByLabel("Client ID").fill("switchboard");
  await form.getByLabel("Client secret").fill("its secret");
  await form.getByRole("button", { name: "Add provider" }).click();
  await expect(form.getByLabel("Issuer")).toHaveAccessibleDescription(/as the provider shows it/);
  await form.getByLabel("Issuer").fill(rig.identity);
  await look(page, "setup-sso-new");
  await form.getByRole("button", { name: "Add provider" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByText(`${rig.base}/v1/sso/callback`)).toBeVisible();
  await page.getByRole("button", { name: "Test connection" }).click();
  await expect(page.getByText("The provider answers and offers what is needed.")).toBeVisible();
  await look(page, "setup-sso");

  const theirs = await browser.newContext({ baseURL: rig.base });
  const desk = await theirs.newPage();
  await desk.goto("/desk/?sign_in=no_role");
  await expect(desk.getByRole("alert")).toContainText("gives you no role");
  await expect(desk).toHaveURL((url) => url.search === "");
  await accessible(desk);
  await picture(desk, "sign-in-sso");
  await desk.getByRole("link", { name: `Continue with ${name}` }).click();
  await desk.getByLabel("Username").fill("test-user2");
  await desk.getByLabel("Password").fill("verysecure");
  await desk.getByRole("button").click();
  await expect(desk.getByRole("button", { name: /Test User2: settings/ })).toBeVisible();
  await theirs.close();

  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete provider" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Single sign-on" })).toBeVisible();
});
