import { createServer, type IncomingHttpHeaders } from "node:http";
import type { AddressInfo } from "node:net";
import { accessible, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look, tab } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

interface Heard {
  type: string;
  headers: IncomingHttpHeaders;
}

/** subscriber is an outside system: it answers what it is told to, and keeps what it heard. */
async function subscriber() {
  const heard: Heard[] = [];
  const answer = { status: 204 };
  const server = createServer((req, resp) => {
    let body = "";
    req.on("data", (part: Buffer) => (body += part.toString()));
    req.on("end", () => {
      heard.push({ type: (JSON.parse(body) as { type: string }).type, headers: req.headers });
      resp.writeHead(answer.status).end();
    });
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const url = `http://127.0.0.1:${String((server.address() as AddressInfo).port)}/hooks`;
  return { url, heard, answer, close: () => server.close() };
}

test("a webhook from its address to deliveries that are sent again", async ({ page }) => {
  const site = await newSite();
  const crm = await subscriber();
  const name = `CRM ${own()}`;
  await openSetup(page, "Webhooks");
  await page.getByRole("link", { name: "Add a webhook" }).first().click();
  const form = page.getByRole("form", { name: "Add a webhook" });
  await form.getByLabel("Name").fill(name);
  await form.getByRole("textbox", { name: "Address" }).fill("crm.example.com");
  await form.getByRole("button", { name: "Add webhook" }).click();
  await expect(form.getByRole("textbox", { name: "Address" })).toBeFocused();
  await expect(form.getByRole("textbox", { name: "Address" })).toHaveAccessibleDescription(/https:\/\/crm.example.com/);
  await expect(form).toContainText("Events is required.");
  await form.getByRole("textbox", { name: "Address" }).fill(crm.url);
  await form.getByLabel("New message").check();
  await form.getByLabel("Conversations").selectOption({ label: `Workstream ${String(site.n)}` });
  await look(page, "setup-webhook-new");
  await form.getByRole("button", { name: "Add webhook" }).click();
  await expect(form).toContainText("an https URL"); // the server's own words, beside the field
  await form.getByLabel("The address is in our own network").check();
  const send = form.getByRole("button", { name: "Add webhook" });
  await tab(page, send);
  await page.keyboard.press("Enter");

  // The secret is shown this once.
  const secret = page.getByRole("region", { name: "Secret" });
  await expect(secret.locator("code").first()).toContainText("whsec_");
  await look(page, "setup-webhook-secret");
  await page.getByRole("link", { name: "Continue" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByText("whsec_")).toHaveCount(0);
  await expect(page.getByRole("region", { name: "Status" })).toContainText("Nothing sent yet");

  await page.getByRole("button", { name: "Send a test event" }).click();
  await expect(page.getByText("Your system answered HTTP 204.")).toBeVisible();
  crm.answer.status = 503;
  await page.getByRole("button", { name: "Send a test event" }).click();
  await expect(page.getByText("HTTP 503. Your system must answer")).toBeVisible();

  // A message arrives while the system is down: its delivery waits, and goes out when one asks for it.
  const phone = await Phone.line(site, "Zoe");
  await phone.says("zqtext hello");
  const table = page.getByRole("table", { name: "Deliveries" });
  const refresh = page.getByRole("region", { name: "Deliveries" }).getByRole("button", { name: "Refresh" });
  await expect(async () => {
    await refresh.click();
    await expect(table.getByRole("row").filter({ hasText: "HTTP 503" }).first()).toBeVisible({ timeout: 1000 });
  }).toPass();
  const first = table.getByRole("row").filter({ hasText: "New message" }).last();
  await expect(first).toContainText("Next try");
  await expect(page.getByRole("region", { name: "Status" })).toContainText("Failing");
  await expect(page.getByRole("region", { name: "Deliveries" })).not.toContainText("zqtext");
  await look(page, "setup-webhook-failing");
  crm.answer.status = 204;
  await first.getByRole("button", { name: /^Send now/ }).click();
  await expect(async () => {
    await refresh.click();
    await expect(first).toContainText("Delivered", { timeout: 1000 });
  }).toPass();
  expect(crm.heard.filter((h) => h.type === "message.created").every((h) => h.headers["webhook-signature"])).toBe(true);

  // What is given up by pausing can be sent again afterwards.
  crm.answer.status = 503;
  await phone.says("zqtext are you there?");
  await expect(async () => {
    await refresh.click();
    await expect(table.getByRole("row").filter({ hasText: "Next try" }).first()).toBeVisible({ timeout: 1000 });
  }).toPass();
  await page.getByRole("button", { name: "Pause…" }).click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("what happens meanwhile is not sent later");
  await accessible(page);
  await picture(page, "setup-webhook-pause");
  await dialog.getByRole("button", { name: "Pause webhook" }).click();
  await expect(page.getByRole("region", { name: "Status" })).toContainText("Paused");
  await expect(table).toContainText("Given up when the webhook was paused");
  crm.answer.status = 204;
  await page.getByRole("button", { name: "Resume" }).click();
  await page.getByRole("button", { name: "Send failed ones again…" }).click();
  await dialog.getByRole("button", { name: "Send again" }).click();
  await expect(dialog).toContainText(/\d+ (is|are) being sent again/);
  await accessible(page);
  await picture(page, "setup-webhook-again");
  await dialog.getByRole("button", { name: "Close" }).last().click();
  await page.getByLabel("Show", { exact: true }).selectOption("Delivered");
  await expect(async () => {
    await refresh.click();
    await expect(table.getByRole("row").filter({ hasText: "Delivered" }).nth(1)).toBeVisible({ timeout: 1000 });
  }).toPass();

  await page.getByRole("button", { name: "New secret…" }).click();
  await page.getByRole("button", { name: "Make a new secret" }).click();
  await expect(dialog.locator("code")).toContainText("whsec_");
  await dialog.getByRole("button", { name: "Done" }).click();
  await expect(page.getByRole("region", { name: "Secret" })).toContainText("The one before signs too, until");
  await page.getByRole("link", { name: "All webhooks" }).click();
  await expect(page.getByRole("table", { name: "Webhooks" }).getByRole("row").filter({ hasText: name })).toContainText("127.0.0.1");
  await look(page, "setup-webhooks");
  crm.close();
});

test("the audit log shows what changed and restores it", async ({ page }) => {
  const n = own();
  const api = await admin();
  const queue = await api.do<{ id: string }>("POST", "/v1/queues", { name: `Returns ${n}`, priority: 20 });
  await api.do("PATCH", `/v1/queues/${queue.id}`, { name: `Refunds ${n}`, priority: 30 });
  await openSetup(page, "Audit log");
  await page.getByLabel("Object").selectOption("Queue");
  await page.getByLabel("Action").selectOption("Changed");
  const table = page.getByRole("table", { name: "Audit log", exact: true });
  const entry = table.getByRole("button", { name: `Changed queue Refunds ${n}` });
  await expect(entry).toBeVisible();
  await expect(table.getByText("Created queue")).toHaveCount(0);
  await tab(page, entry);
  await page.keyboard.press("Enter");
  const changes = page.getByRole("table", { name: `Changes of Refunds ${n}` });
  await expect(changes.getByRole("row").filter({ hasText: "Priority" })).toHaveText(/Priority\s*20\s*30/);
  await expect(changes.getByRole("row").filter({ hasText: "Name" })).toContainText(`Returns ${n}`);
  await look(page, "setup-audit");

  // What there is now is compared first, and somebody else's change meanwhile is not overwritten.
  await page.getByRole("button", { name: "Restore…" }).click();
  const dialog = page.getByRole("dialog");
  const restored = dialog.getByRole("table", { name: "What is restored" });
  await expect(restored.getByRole("row").filter({ hasText: "Priority" })).toHaveText(/Priority\s*30\s*20/);
  await accessible(page);
  await picture(page, "setup-audit-restore");
  await api.do("PATCH", `/v1/queues/${queue.id}`, { priority: 40 });
  await dialog.getByRole("button", { name: "Restore queue" }).click();
  await expect(dialog).toContainText("Somebody changed it meanwhile");
  await dialog.getByRole("button", { name: "Keep what there is" }).click();
  await page.getByRole("button", { name: "Restore…" }).click();
  await expect(restored.getByRole("row").filter({ hasText: "Priority" })).toHaveText(/Priority\s*40\s*20/);
  await dialog.getByRole("button", { name: "Restore queue" }).click();
  await expect(dialog).toHaveCount(0);
  const now = await api.do<{ name: string; priority: number }>("GET", `/v1/queues/${queue.id}`);
  expect(now).toMatchObject({ name: `Returns ${n}`, priority: 20 });

  await page.getByRole("button", { name: "All changes of this queue" }).first().click();
  await page.getByLabel("Action").selectOption("All actions");
  await expect(table.getByRole("button", { name: /queue R/ })).toHaveCount(4); // created, changed twice, restored
  await page.getByRole("button", { name: "Show everything" }).click();
  await page.getByLabel("Until").fill("2020-01-01T00:00");
  await expect(page.getByText(/Nothing found/)).toBeVisible();
  await look(page, "setup-audit-none");
});
