import { accessible, picture } from "../support/look.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

test("a token for one purpose, shown once, used and revoked", async ({ page }) => {
  const n = own();
  await openSetup(page, "API tokens");
  await page.getByRole("button", { name: "Create a token" }).first().click();
  const form = page.getByRole("form", { name: "Create a token" });
  await form.getByRole("button", { name: "Create token" }).click();
  await expect(form.getByLabel("Name")).toHaveAccessibleDescription(/Name is required/);
  await expect(form.getByRole("alert")).toContainText("Select at least one permission");
  await form.getByLabel("Name").fill(`CRM ${n}`);
  await form.getByRole("checkbox", { name: "Create work items" }).check();
  await form.getByRole("button", { name: "Create token" }).click();
  const dialog = page.getByRole("dialog", { name: "Create a token" });
  await expect(dialog.getByText("It cannot be shown again")).toBeVisible();
  const token = (await dialog.locator("code").textContent()) ?? "";
  const ask = (path: string, method = "GET") =>
    fetch(rig.base + path, {
      method,
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: method === "POST" ? "{}" : null,
    });
  expect((await ask("/v1/work-items", "POST")).status).toBe(422);
  expect((await ask("/v1/agents")).status).toBe(403);
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByText(token)).toHaveCount(0);
  await page.reload();
  const row = page
    .getByRole("table", { name: "API tokens" })
    .getByRole("row")
    .filter({ hasText: `CRM ${n}` });
  await expect(row).toContainText("work-items:write");
  await expect(row).not.toContainText("Never");
  await look(page, "setup-tokens");
  await row.getByRole("button", { name: `Revoke CRM ${n}` }).click();
  await page.getByRole("button", { name: "Revoke token" }).click();
  await expect(row).toContainText("Revoked");
  expect((await ask("/v1/work-items", "POST")).status).toBe(401);
});

test("a role from a copy, given to somebody, and a supervisor of one queue", async ({ page }) => {
  const site = await newSite();
  const n = own();
  const agent = await newAgent(site, `Lea ${n}`);
  const api = await admin();
  await openSetup(page, "Roles");
  await page.getByRole("link", { name: "Add a role" }).click();
  await page.getByLabel("Copy of").selectOption("supervisor");
  const form = page.getByRole("form", { name: "Role" });
  await form.getByLabel("Name").fill(`Team lead ${n}`);
  await form.getByRole("group", { name: "Outbound" }).getByRole("checkbox", { name: "All of outbound" }).uncheck();
  await look(page, "setup-role-new");
  await form.getByRole("button", { name: "Add role" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Team lead ${n}` })).toBeVisible();

  await page.goto(`${rig.base}/desk/setup/people/${agent.id}`);
  const role = page.getByRole("form", { name: "Role and queues" });
  await role.getByLabel("Role").selectOption({ label: `Team lead ${n}` });
  await role.getByRole("radio", { name: "Selected queues" }).check();
  await role.getByRole("checkbox", { name: `Queue ${String(site.n)}`, exact: true }).check();
  await role.getByRole("button", { name: "Save role" }).click();
  await expect.poll(() => api.do("GET", `/v1/agents/${agent.id}/access`)).toMatchObject({ queue_ids: [site.queue] });
  await look(page, "setup-person-role");

  await page.goto(`${rig.base}/desk/setup/roles`);
  const row = page
    .getByRole("table", { name: "Roles" })
    .getByRole("row")
    .filter({ hasText: `Team lead ${n}` });
  await expect(row).toContainText("1");
  await look(page, "setup-roles");
  await row.getByRole("link").click();
  await expect(page.getByRole("region", { name: "People" })).toContainText(`Lea ${n}`);
});

test("an administrator views the desk as somebody else, and changes nothing", async ({ page }) => {
  const agent = await newAgent(await newSite(), `Vera ${own()}`);
  await openSetup(page, "People");
  await page.goto(`${rig.base}/desk/setup/people/${agent.id}`);
  await page.getByRole("button", { name: /^View as Vera/ }).click();
  const banner = page.getByRole("region", { name: "Viewing as somebody else" });
  await expect(banner).toContainText("You are viewing Switchboard as Vera");
  await expect(page.getByRole("region", { name: "Inbox" })).toBeVisible();
  await expect(page.getByRole("link", { name: "Setup" })).toHaveCount(0);
  const api = await admin();
  expect(await api.do("GET", `/v1/agents/${agent.id}`)).toMatchObject({ presence: "offline" });
  await page.getByRole("button", { name: /^Presence/ }).click();
  await page.getByRole("menuitem", { name: /^Busy/ }).click();
  await expect(page.getByText("nothing can be changed. Stop viewing first.")).toBeVisible();
  await accessible(page);
  await picture(page, "view-as-desktop");
  await banner.getByRole("button", { name: "Stop viewing" }).click();
  await expect(banner).toHaveCount(0);
  await expect(page.getByRole("link", { name: "Setup" })).toBeVisible();
});
