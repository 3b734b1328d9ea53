import { accessible, desktop, phone as small, picture } from "../support/look.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { Phone } from "../support/phone.ts";
import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
import { Desk } from "./page.ts";
import { addLine, openSetup, own } from "./setup.ts";

test("a LINE account from its credentials to the first message", async ({ page }) => {
  const site = await newSite();
  const name = `LINE ${own()}`;
  const channel = `9${own()}00`.slice(0, 10);
  const secret = `zqsecret-${channel}`;
  await openSetup(page, "Channels");
  await page.getByRole("link", { name: "Connect a channel" }).first().click();
  await expect(page.getByText("Step 1 of 3")).toBeVisible();
  await look(page, "setup-provider");
  await page.getByRole("link", { name: /^LINE/ }).click();

  // What is wrong is told before anything is sent.
  const form = page.getByRole("form", { name: "Connect LINE" });
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Workstream").selectOption({ label: `Workstream ${String(site.n)}` });
  await form.getByLabel("Channel ID").fill("12 34");
  await form.getByLabel("Channel secret", { exact: false }).first().fill(secret);
  await form.getByRole("button", { name: "Save and continue" }).click();
  await expect(form.getByLabel("Channel ID")).toBeFocused();
  await expect(form.getByLabel("Channel ID")).toHaveAccessibleDescription(/10 digits/);
  await expect(form.getByLabel("Channel access token")).toHaveAccessibleDescription(/is required/);
  await look(page, "setup-line-refused");
  await form.getByLabel("Channel ID").fill(channel);
  await form.getByLabel("Channel access token").fill(secret);
  await form.getByLabel("API address").fill(`${rig.phones}/line`);
  await form.getByRole("button", { name: "Save and continue" }).click();

  // The account is there, refused until the provider knows it, and waits for the first message.
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await expect(page.getByText("Waiting for the first webhook …")).toBeVisible();
  const test = page.getByRole("button", { name: "Test connection" });
  await test.click();
  await expect(page.getByText("LINE did not accept the test")).toBeVisible();
  await look(page, "setup-line-waiting");
  const webhook = await page.getByRole("region", { name: "Tell LINE where to send messages" }).locator("code").textContent();
  await addLine(channel, secret, webhook ?? "");
  await test.click();
  await expect(page.getByText("LINE accepts the credentials.")).toBeVisible();

  // The message that arrives turns the line green by itself.
  const phone = await Phone.line({ ...site, line: channel }, "Zoe");
  await phone.says("zqtext hello");
  await expect(page.getByText("Messages arrive.")).toBeVisible();
  await look(page, "setup-line-arrived");
  await page.getByRole("link", { name: "All channels" }).click();
  const row = page.getByRole("table", { name: "Channels" }).getByRole("row").filter({ hasText: name });
  await expect(row).toContainText("Working");
  await look(page, "setup-channels");

  // Deleting says what it touches.
  await row.getByRole("link", { name }).click();
  await page.getByRole("button", { name: "Delete…" }).first().click();
  const dialog = page.getByRole("dialog");
  await expect(dialog).toContainText("1 open conversation uses it");
  await accessible(page);
  await picture(page, "setup-channel-delete");
  await dialog.getByRole("button", { name: "Delete channel" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Channels" })).toBeVisible();
  await expect(page.getByRole("table", { name: "Channels" }).getByText(name)).toHaveCount(0);
});

test("numbers and senders of a Twilio account", async ({ page }) => {
  const site = await newSite();
  const digits = own().slice(-7);
  await openSetup(page, "Channels");
  await page.getByRole("link", { name: `Twilio ${String(site.n)}`, exact: true }).click();
  await expect(page.locator("code").first()).toContainText("#rc=3&rp=ct,rt,5xx");
  await page.getByRole("button", { name: "Add a number or sender" }).click();
  const form = page.getByRole("form", { name: "Add a number or sender" });
  await form.getByLabel("Number").fill("0555 1234");
  await form.getByRole("button", { name: "Add" }).click();
  await expect(form.getByLabel("Number")).toBeFocused();
  await expect(form.getByLabel("Number")).toHaveAccessibleDescription(/country code/);
  await accessible(page);
  await picture(page, "setup-number-refused");
  await page.setViewportSize(small);
  await picture(page, "setup-number-refused-phone");
  await page.setViewportSize(desktop);
  await form.getByLabel("Number").fill(`+1 415 ${digits}`);
  await form.getByLabel("Name").fill("Hotline");
  await form.getByRole("button", { name: "Add" }).click();
  const table = page.getByRole("table", { name: "Numbers and senders" });
  await expect(table).toContainText(`+1415${digits}`);
  await expect(table).toContainText("Hotline");

  await page.getByRole("button", { name: "Add a number or sender" }).click();
  await form.getByLabel("Channel").selectOption("WhatsApp");
  await form.getByLabel("Sender").fill(`+1416${digits}`);
  await form.getByRole("button", { name: "Add" }).click();
  await expect(table).toContainText("WhatsApp");
  await look(page, "setup-twilio");
});

test("two administrators change the same account", async ({ page }) => {
  const site = await newSite();
  await openSetup(page, "Channels");
  await page.getByRole("link", { name: `LINE ${String(site.n)}`, exact: true }).click();
  const form = page.getByRole("form", { name: "Channel settings" });
  await form.getByLabel("Name").fill(`Mine ${String(site.n)}`);
  const api = await admin();
  const accounts = await api.all<{ id: string; name: string }>("/v1/accounts");
  const id = accounts.find((a) => a.name === `LINE ${String(site.n)}`)?.id ?? "";
  await api.do("PATCH", `/v1/accounts/${id}`, { name: `Theirs ${String(site.n)}`, settings: { bot_user_id: "U" + "1".repeat(32) } });
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByText("Somebody changed this meanwhile")).toBeVisible();
  await expect(form).toContainText(`they saved “Theirs ${String(site.n)}”; you have “Mine ${String(site.n)}”`);
  await expect(form).toContainText("Also changed by them: Bot user ID");
  await expect(form.getByLabel("Name")).toHaveValue(`Mine ${String(site.n)}`);
  await expect(form.getByText("Somebody changed this meanwhile")).toBeInViewport();
  await accessible(page);
  await picture(page, "setup-conflict");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Mine ${String(site.n)}` })).toBeVisible();
  const kept = await api.do<{ name: string; settings: Record<string, string> }>("GET", `/v1/accounts/${id}`);
  expect(kept).toMatchObject({ name: `Mine ${String(site.n)}`, settings: { bot_user_id: "U" + "1".repeat(32) } });
});

test("an agent sees nothing of Setup", async ({ page }) => {
  const site = await newSite();
  await Desk.signIn(page, await newAgent(site, "Mia"));
  await expect(page.getByRole("link", { name: "Setup" })).toHaveCount(0);
  const asked: string[] = [];
  page.on("request", (r) => asked.push(new URL(r.url()).pathname));
  await page.goto(`${rig.base}/desk/setup/channels`);
  await expect(page.getByText("Only administrators can change the setup")).toBeVisible();
  expect(asked.filter((path) => path === "/v1/accounts")).toEqual([]);
  await look(page, "setup-not-allowed");
});
