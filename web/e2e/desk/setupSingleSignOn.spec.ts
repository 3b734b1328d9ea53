import { accessible, picture } from "../support/look.ts";
import { rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
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

test("an identity provider provisions people, and a group gives its members a role", async ({ page }) => {
  const n = own();
  await openSetup(page, "Provisioning");
  await expect(page.getByText(`${rig.base}/scim/v2`)).toBeVisible();
  await page.getByRole("button", { name: "Create a token" }).click();
  const dialog = page.getByRole("dialog", { name: "Create a provisioning token" });
  await dialog.getByLabel("Name").fill(`Entra ${n}`);
  await dialog.getByRole("button", { name: "Create token" }).click();
  await expect(dialog.getByText("It cannot be shown again")).toBeVisible();
  const token = (await dialog.locator(".copyable code").textContent()) ?? "";
  await dialog.getByRole("button", { name: "Done" }).click();

  const scim = async (path: string, body: unknown) => {
    const got = await fetch(`${rig.base}/scim/v2/${path}`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/scim+json" },
      body: JSON.stringify(body),
    });
    expect(got.status).toBe(201);
    return (await got.json()) as { id: string };
  };
  const { id } = await scim("Users", { userName: `ines-${n}@example.com`, displayName: `Ines ${n}`, active: true });
  await scim("Groups", { displayName: `Support leads ${n}`, members: [{ value: id }] });
  await page.reload();
  const role = page.getByRole("combobox", { name: `Role of Support leads ${n}` });
  await role.selectOption("supervisor");
  const api = await admin();
  await expect.poll(() => api.do("GET", `/v1/agents/${id}/access`)).toMatchObject({ role: "supervisor" });
  await expect(role).toBeEnabled();
  await expect(role).toHaveValue("supervisor");
  await look(page, "setup-provisioning");
});
