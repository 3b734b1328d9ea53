import { readFile } from "node:fs/promises";
import { Phone } from "../support/phone.ts";
import { newSite, rig } from "../support/rig.ts";
import { accessible, picture } from "../support/look.ts";
import { expect, test } from "../support/test.ts";
import { admin, choose, configured, fill, look, number, sms, tab, upload } from "./campaigns.ts";
import { Desk } from "./page.ts";

const recipients = 40;

test("a campaign from what it sends to the last reply", async ({ page }) => {
  const site = await newSite();
  const { name, other } = await sms(await admin(), site);
  const title = `Spring ${String(site.n)}`;
  await Desk.signIn(page, rig.admin);
  await page.getByRole("link", { name: "Campaigns" }).click();

  // What is sent, and from where.
  await page.getByRole("button", { name: "New configuration" }).click();
  const configuration = page.getByRole("form", { name: "New configuration" });
  await configuration.getByLabel("Name").fill(name);
  const from = configuration.getByLabel("From");
  await expect(from.getByRole("option", { name: new RegExp(name) })).toBeAttached();
  await from.selectOption({ label: (await from.getByRole("option", { name: new RegExp(name) }).textContent()) ?? "" });
  await configuration.getByLabel("Template").selectOption({ label: name });
  await accessible(page);
  await picture(page, "campaign-configuration");
  await configuration.getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("table", { name: "Configurations" }).getByRole("row").filter({ hasText: name })).toContainText(
    /[0-9a-f-]{36}/,
  );

  // The draft: two wordings, and a rate at which one can watch.
  await page
    .getByRole("button", { name: /New campaign|Create a campaign/ })
    .first()
    .click();
  await fill(page, title, name);
  const form = page.getByRole("form", { name: "New campaign" });
  await form.getByLabel("Variant B (A/B test)").selectOption({ label: other });
  await form.getByLabel("Variant B share").fill("40");
  await form.getByLabel("Messages per second").fill("1");
  await accessible(page);
  await picture(page, "campaign-form");
  await form.getByRole("button", { name: "Save as draft" }).click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await expect(page.getByText(`40 % get ${other}`)).toBeVisible();

  // Its recipients, with what is wrong by its line.
  const good = Array.from({ length: recipients }, (_, i) => `${number(site, i)},true,zqtext N${String(i)}`);
  await upload(page, ["phone;Name", '"']);
  await expect(page.getByRole("alert").or(page.getByText("The rest of the file"))).toBeVisible();
  await upload(page, [
    "phone,optin,Name",
    "12,true,zqtext Bad",
    ...good,
    `${number(site, 0)},true,zqtext Twice`,
    `${number(site, 99)},false,zqtext No`,
  ]);
  await expect(page.getByText(`${String(recipients)} of ${String(recipients + 3)} lines added. Duplicates: 1. Invalid: 2.`)).toBeVisible();
  const wrong = page.getByRole("list", { name: "Invalid lines" });
  await expect(wrong.getByText(/^Line 2: /)).toBeVisible();
  await expect(wrong.getByText(`Line ${String(recipients + 4)}: has not agreed to be written to`)).toBeVisible();

  // What each of them will read, and a test to oneself.
  const preview = page.locator(".preview");
  await expect(preview).toHaveCount(3);
  await expect(preview.first()).toContainText("zqtext N0");
  await page.getByRole("button", { name: "Show more" }).click();
  await expect(preview).toHaveCount(6);
  await expect(preview.nth(5)).toContainText("zqtext N5");
  const mine = await Phone.sms(site, number(site, 98));
  const testing = page.getByRole("form", { name: "Test message" });
  await testing.getByLabel("Send a test message").fill("12");
  await testing.getByRole("button").click();
  await expect(testing.getByRole("status")).toContainText("number");
  await testing.getByLabel("Send a test message").fill(number(site, 98));
  await testing.getByRole("button").click();
  await expect(testing.getByRole("status")).toContainText("on its way");
  await expect.poll(async () => (await mine.thread()).filter((l) => l.text.includes("zqtext N0")).length).toBe(1);
  await look(page, "campaign-draft");

  // It runs, is watched and steered.
  await page.getByRole("button", { name: "Start now" }).click();
  const sure = page.getByRole("dialog", { name: "Start this campaign?" }); // Typing 1.7
  await expect(sure.getByText(`${String(recipients)} recipients`)).toBeVisible();
  await expect(sure.getByText("All recipients can receive messages.")).toBeVisible();
  await look(page, "campaign-start");
  await sure.getByRole("button", { name: "Cancel" }).click();
  await expect(page.locator(".state")).toHaveText("Draft");
  await page.getByRole("button", { name: "Start now" }).click();
  await sure.getByRole("button", { name: "Start campaign" }).click();
  const chart = page.getByRole("figure", { name: /^Progress: / });
  await expect(chart).toHaveAccessibleName(/(Sent|Delivered) \d+.*Waiting \d+/);
  await page.getByRole("button", { name: "Pause" }).click();
  await expect(page.getByText("Paused by a user.")).toBeVisible();
  await expect(page.getByRole("table", { name: "Delivery log" }).getByText("Sending")).toHaveCount(0);
  await look(page, "campaign-paused");
  await page.getByLabel("Messages per second").fill("50");
  await page.getByRole("button", { name: "Update rate" }).click();
  await expect(page.getByText("50", { exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Resume" }).click();
  await expect(page.locator(".state")).toHaveText("Finished");
  await expect(chart).toHaveAccessibleName(`Progress: Delivered ${String(recipients)}`);

  // When it was: drawn, and as numbers.
  const all = String(recipients);
  await expect(page.getByRole("figure", { name: /^Delivery over time: / })).toHaveAccessibleName(
    new RegExp(`Sent ${all}, Delivered ${all}, Read 0, Failed 0`),
  );
  await page.getByText("Show as table").click();
  const steps = page.getByRole("table", { name: "Delivery over time" }).getByRole("row");
  const column = (i: number) =>
    expect.poll(async () => (await steps.locator(`td:nth-child(${String(i)})`).allTextContents()).reduce((sum, n) => sum + Number(n), 0));
  await column(2).toBe(recipients);
  await column(3).toBe(recipients);
  await column(5).toBe(0);

  // Replies and refusals are counted as they come.
  const ann = await Phone.sms(site, number(site, 3));
  const ben = await Phone.sms(site, number(site, 4));
  for (const friend of [ann, ben]) await expect.poll(async () => (await friend.thread()).length).toBe(1);
  await ann.says("zqtext When can I fetch it?");
  await ben.says("STOP");
  await expect(page.getByText("Opted out 1")).toBeVisible();
  const wordings = page.getByRole("table", { name: "A/B test" }).getByRole("row");
  const sent = async (i: number) => Number(await wordings.nth(i).getByRole("cell").nth(1).textContent());
  await expect.poll(async () => (await sent(1)) + (await sent(2))).toBe(recipients);
  for (const i of [1, 2]) await expect.poll(() => sent(i)).toBeGreaterThan(0);
  const ledger = page.getByRole("table", { name: "Delivery log" });
  await expect(ledger.getByRole("row").filter({ hasText: number(site, 4) })).toContainText("opted out");
  const answered = ledger.getByRole("row").filter({ hasText: number(site, 3) });
  await expect(answered.getByRole("link", { name: "replied" })).toBeVisible();
  await look(page, "campaign-finished");

  // The ledger, in part and as a file.
  const only = page.getByLabel("Filter by status");
  await only.selectOption({ label: "Refused" });
  await expect(page.getByText("No recipients with this status.")).toBeVisible();
  await only.selectOption({ label: "Delivered" });
  await expect(ledger.getByRole("row")).toHaveCount(recipients + 1);
  const download = page.waitForEvent("download");
  await page.getByRole("link", { name: "Download as CSV" }).click();
  const file = await readFile(await (await download).path(), "utf8");
  const rows = file.trim().split(/\r?\n/);
  expect(rows).toHaveLength(recipients + 1);
  expect(rows.filter((r) => r.includes(",delivered,"))).toHaveLength(recipients);
  for (let i = 0; i < recipients; i++) {
    const who = await Phone.sms(site, number(site, i));
    expect(
      (await who.thread()).filter((l) => l.text.startsWith("zqtext ") && l.text.includes(`zqtext N${String(i)}`)),
      String(i),
    ).toHaveLength(1);
  }

  // The reply is a conversation, and the list has the campaign.
  await answered.getByRole("link", { name: "replied" }).click();
  await expect(page.getByText("zqtext When can I fetch it?").first()).toBeVisible();
  await page.getByRole("link", { name: "Campaigns" }).click();
  await expect(page.getByRole("table", { name: "Campaigns" }).getByRole("row").filter({ hasText: title })).toContainText("Finished");
  await look(page, "campaigns");
});

test("a campaign by keyboard alone", async ({ page }) => {
  const site = await newSite();
  const { name } = await configured(await admin(), site);
  const title = `Keys ${String(site.n)}`;
  await Desk.signIn(page, rig.admin);
  await page.goto(`${rig.base}/desk/campaigns`);
  await expect(page.getByRole("table", { name: "Configurations" }).getByText(name, { exact: true })).toBeVisible();
  const press = async (what: string) => {
    await tab(page, page.getByRole("button", { name: what, exact: true }));
    await page.keyboard.press("Enter");
  };
  await press("New campaign");
  const form = page.getByRole("form", { name: "New campaign" });
  await expect(form.getByLabel("Name")).toBeFocused();
  await page.keyboard.type(title);
  const choice = form.getByLabel("Sender and template");
  await tab(page, choice);
  await choose(page, choice, `${name} (`, `${name} (sms)`);
  for (const when of ["Quiet from", "Quiet until"]) {
    const field = form.getByLabel(when);
    await tab(page, field);
    await page.keyboard.press("Delete"); // the hours
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Delete"); // the minutes
    await page.keyboard.press("ArrowRight");
    await page.keyboard.press("Delete"); // the half of the day, where the field has it
    await expect(field).toHaveValue("");
  }
  await tab(page, form.getByLabel("Messages per second"));
  await page.keyboard.type("1");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: title })).toBeVisible();

  const chooser = page.waitForEvent("filechooser");
  await press("Upload CSV file");
  const many = 600; // ten minutes of sending: nothing here is in a hurry
  const lines = ["phone,optin,Name", ...Array.from({ length: many }, (_, i) => `${number(site, i)},true,zqtext K`)];
  await (await chooser).setFiles({ name: "keys.csv", mimeType: "text/csv", buffer: Buffer.from(lines.join("\n")) });
  await expect(page.getByText(`${String(many)} of ${String(many)} lines added`)).toBeVisible();
  await press("Start now");
  await press("Start campaign");
  await expect(page.locator(".state")).toHaveText("Running");
  await expect(page.getByRole("figure", { name: /^Progress: / })).toHaveAccessibleName(/(Sent|Delivered) \d+.*Waiting \d+/);
  await look(page, "campaign-running");
  await press("Pause");
  await expect(page.getByText("Paused by a user.")).toBeVisible();
  await press("Resume");
  await expect(page.locator(".state")).toHaveText("Running");
  await press("Cancel…");
  await press("Cancel campaign");
  await expect(page.locator(".state")).toHaveText("Cancelled");
  await expect(page.getByRole("figure", { name: /Waiting \d+/ })).toBeVisible();
  await look(page, "campaign-canceled");
});

test("later, moved, changed and thrown away; contacts who agreed", async ({ page }) => {
  const site = await newSite();
  const api = await admin();
  const { name, id } = await configured(api, site);
  await api.do("POST", `/v1/outbound/${id}/messages`, {
    contacts: [1, 2].map((i) => ({ tocontactid: number(site, i), optin: true, contextitems: { Name: "zqtext Before" } })),
  });
  await Desk.signIn(page, rig.admin);
  await page.goto(`${rig.base}/desk/campaigns`);
  await page.getByRole("button", { name: "New campaign" }).click();
  await fill(page, `Later ${String(site.n)}`, name);
  const form = page.getByRole("form", { name: "New campaign" });
  await form.getByLabel("Time zone").fill("Mars/Base");
  await form.getByRole("button", { name: "Save as draft" }).click();
  await expect(form.getByRole("alert")).toContainText("time zone must be");
  await accessible(page);
  await picture(page, "campaign-form-refused");
  await form.getByLabel("Time zone").fill("Europe/Tallinn");
  await form.getByRole("button", { name: "Save as draft" }).click();

  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const change = page.getByRole("form", { name: "Edit draft" });
  await change.getByLabel("Quiet from").fill("21:30");
  await change.getByLabel("Quiet until").fill("07:15");
  await change.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText("21:30 to 07:15")).toBeVisible();

  await upload(page, ["Name,locale", "zqtext Ann,en"]);
  await expect(page.getByRole("alert")).toContainText("column");
  const contacts = page.getByRole("form", { name: "Add contacts" });
  await contacts.getByLabel("Name starts with").fill("zqtext nobody");
  await contacts.getByRole("button").click();
  await expect(contacts.getByRole("status")).toContainText("0 of 0 contacts added");
  await contacts.getByLabel("Name starts with").fill("");
  await contacts.getByRole("button").click();
  await expect(contacts.getByRole("status")).toContainText("2 of 2 contacts added");
  await expect(page.locator(".preview")).toHaveCount(2);
  await look(page, "campaign-contacts");

  const year = String(new Date().getFullYear() + 2);
  await page.getByLabel("Start at").fill(`${year}-03-29T09:00`);
  await page.getByRole("button", { name: "Schedule", exact: true }).click();
  await expect(page.getByText("Nothing is sent from 21:30 to 07:15")).toBeVisible();
  await page.getByRole("button", { name: "Schedule campaign" }).click();
  await expect(page.locator(".state")).toHaveText("Scheduled");
  await expect(page.getByText(`29 Mar ${year}, 09:00`)).toBeVisible();
  await page.getByLabel("New start time").fill(`${year}-06-01T10:30`);
  await page.getByRole("button", { name: "Reschedule" }).click();
  await expect(page.getByText(`1 Jun ${year}, 10:30`)).toBeVisible();
  await look(page, "campaign-scheduled");
  await page.getByRole("button", { name: "Cancel…" }).click();
  await page.getByRole("button", { name: "Cancel campaign" }).click();
  await expect(page.locator(".state")).toHaveText("Cancelled");

  await page.getByRole("link", { name: "All campaigns" }).click();
  await page.getByRole("button", { name: "New campaign" }).click();
  await fill(page, `Dropped ${String(site.n)}`, name);
  await form.getByRole("button", { name: "Save as draft" }).click();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete draft" }).click();
  await expect(page.getByRole("heading", { name: "Campaigns" })).toBeVisible();
  await expect(page.getByText(`Dropped ${String(site.n)}`)).toHaveCount(0);
});

test("nothing yet, on its way, and not to be had", async ({ page }) => {
  await Desk.signIn(page, rig.admin);
  let answer: "wait" | "refuse" | "empty" = "wait";
  let go: () => void = () => undefined;
  const hold = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/v1/{campaigns,outbound-configurations}?**", async (route) => {
    if (answer === "wait") await hold;
    const problem = { type: "", title: "", status: 422, code: "invalid", detail: "This list is not to be had." };
    if (answer === "refuse") await route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify(problem) });
    else await route.fulfill({ json: { items: [], next: null } });
  });
  await page.goto(`${rig.base}/desk/campaigns`);
  await expect(page.getByRole("status", { name: "Loading" }).first()).toBeVisible();
  await look(page, "campaigns-loading");
  answer = "refuse";
  go();
  await expect(page.getByText("Could not load campaigns")).toBeVisible();
  await look(page, "campaigns-refused");
  answer = "empty";
  await page.getByRole("region", { name: "Outbound configurations" }).getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("A configuration combines a sender")).toBeVisible();
  // An event may have had the campaigns read again already, or does now.
  const again = page.getByRole("alert").getByRole("button", { name: "Try again" });
  await expect(async () => {
    if (await again.isVisible()) await again.click({ timeout: 1000 });
    await expect(page.getByText("No campaigns yet")).toBeVisible({ timeout: 1000 });
  }).toPass();
  await look(page, "campaigns-empty");
  await page.goto(`${rig.base}/desk/campaigns/00000000-0000-0000-0000-000000000000`);
  await expect(page.getByText("Could not load the campaign")).toBeVisible();
  await look(page, "campaign-not-there");
});
