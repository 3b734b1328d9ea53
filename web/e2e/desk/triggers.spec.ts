import type { Page } from "@playwright/test";
import { accessible, desktop, phone as small, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, choose, configured, look, number, tab } from "./campaigns.ts";
import { Desk } from "./page.ts";

interface Fired {
  items: unknown[];
}

const write = (page: Page) => page.getByRole("button", { name: /New trigger|Create a trigger/ }).first();

/** field is one of a form's, by the whole of its name. */
const field = (page: Page, form: string, name: string) =>
  page.getByRole("form", { name: form }).getByRole("textbox", { name, exact: true });

test("a trigger from its first words to its end", async ({ page }) => {
  const site = await newSite();
  const api = await admin();
  const { name: configuration } = await configured(api, site);
  const title = `Case created ${String(site.n)}`;
  const event = `case.created.${String(site.n)}`;
  const ann = number(site, 1);
  const happens = () =>
    api.do<Fired>("POST", "/v1/outbound/events", { event, data: { customer: { phone: ann, agreed: true }, name: "zqtext Told" } });
  await Desk.signIn(page, rig.admin);
  await page.getByRole("link", { name: "Triggers" }).click();

  // What is wrong is told at its field, and the focus goes there.
  await write(page).click();
  const form = "New trigger";
  await field(page, form, "Name").fill(title);
  await page
    .getByRole("form", { name: form })
    .getByLabel("Sender and template")
    .selectOption({ label: `${configuration} (sms)` });
  await field(page, form, "Event").fill(event);
  await field(page, form, "Recipient").fill("data.customer.");
  await field(page, form, "Consent").fill("data.customer.agreed");
  await field(page, form, "{Name}").fill("data.name");
  await accessible(page);
  await picture(page, "trigger-form");
  await page.setViewportSize(small);
  await picture(page, "trigger-form-phone");
  await page.setViewportSize(desktop);
  const save = page.getByRole("form", { name: form }).getByRole("button", { name: "Save" });
  await save.click();
  await expect(field(page, form, "Recipient")).toBeFocused();
  await expect(field(page, form, "Recipient")).toHaveAccessibleDescription(/Does not compile/);
  await accessible(page);
  await picture(page, "trigger-form-refused");
  await field(page, form, "Recipient").fill("data.customer.phone");
  await save.click();
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await expect(page.locator(".state")).toHaveText("Enabled");

  // What would be sent, for one example after another.
  const dry = page.getByRole("form", { name: "Dry run" });
  const example = dry.getByLabel("Example data (JSON)");
  const show = dry.getByRole("button", { name: "Preview messages" });
  await expect(example).toHaveValue(/"phone": ""/);
  await example.fill('{"customer": ');
  await show.click();
  await expect(example).toHaveAccessibleDescription(/Invalid JSON/);
  await look(page, "trigger-no-json");
  const tryWith = async (data: unknown, says: RegExp) => {
    await example.fill(JSON.stringify(data, null, 2));
    await show.click();
    await expect(page.getByText(says).first()).toBeVisible();
  };
  await tryWith({ customer: { phone: ann, agreed: false }, name: "zqtext Ann" }, /0 messages would be sent, 1 refused/);
  await look(page, "trigger-dry-refused");
  await tryWith({ customer: 1 }, /“Recipient” cannot be evaluated/);
  await look(page, "trigger-dry-mistaken");
  await tryWith({ customer: { phone: ann, agreed: true }, name: "zqtext Ann" }, /1 message would be sent\./);
  await expect(page.locator(".preview")).toHaveText(/Good news, zqtext Ann: your parcel is here!/);
  await look(page, "trigger-dry");

  // Only the event sends: of all dry runs nothing came.
  expect((await happens()).items).toHaveLength(1);
  const phone = await Phone.sms(site, ann);
  const got = async () => (await phone.thread()).map((l) => l.text);
  await expect.poll(got).toEqual(["zqtext Good news, zqtext Told: your parcel is here!"]);

  // Disabled, it sends nothing.
  await page.getByRole("button", { name: "Disable" }).click();
  await expect(page.locator(".state")).toHaveText("Disabled");
  await look(page, "trigger-disabled");
  expect((await happens()).items).toHaveLength(0);
  await page.reload();
  await expect(page.locator(".state")).toHaveText("Disabled");

  // Changed: to whom it is not for, and later.
  await page.getByRole("button", { name: "Edit", exact: true }).click();
  const change = "Edit trigger";
  await expect(field(page, change, "Name")).toHaveValue(title);
  await field(page, change, "Name").fill(`${title}, important`);
  await field(page, change, "Condition").fill('data.priority == "high"');
  await page.getByRole("form", { name: change }).getByLabel("Delay (seconds)").fill("5400");
  await page.getByRole("form", { name: change }).getByRole("button", { name: "Save" }).click();
  await expect(page.getByRole("heading", { name: `${title}, important` })).toBeVisible();
  await expect(page.getByText(`${event}, 1 h 30 m later`)).toBeVisible();
  await expect(page.locator(".state")).toHaveText("Disabled");
  await tryWith(
    { customer: { phone: ann, agreed: true }, name: "zqtext Ann" },
    /Nothing would be sent: the example does not meet the condition/,
  );

  // In the list, and gone from it.
  await page.getByRole("link", { name: "All triggers" }).click();
  const row = page.getByRole("table", { name: "Triggers" }).getByRole("row").filter({ hasText: title });
  await expect(row).toContainText("Disabled");
  await expect(row).toContainText(configuration);
  await look(page, "triggers");
  await row.getByRole("link").click();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Keep trigger" }).click();
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("button", { name: "Delete trigger" }).click();
  await expect(page.getByRole("heading", { name: "Triggers" })).toBeVisible();
  await expect(page.getByText(title)).toHaveCount(0);
  expect(await got()).toHaveLength(1);
});

test("a schedule by keyboard alone", async ({ page }) => {
  const site = await newSite();
  const { name: configuration } = await configured(await admin(), site);
  const title = `Weekly ${String(site.n)}`;
  await Desk.signIn(page, rig.admin);
  await page.goto(`${rig.base}/desk/triggers`);
  await expect(page.getByRole("heading", { name: "Triggers" })).toBeVisible();
  const press = async (what: string | RegExp) => {
    await tab(page, page.getByRole("button", { name: what }).first());
    await page.keyboard.press("Enter");
  };
  await press(/New trigger|Create a trigger/);
  const form = page.getByRole("form", { name: "New trigger" });
  await expect(field(page, "New trigger", "Name")).toBeFocused();
  await page.keyboard.type(title);
  const choice = form.getByLabel("Sender and template");
  await tab(page, choice);
  await choose(page, choice, `${configuration} (`, `${configuration} (sms)`);
  const kind = form.getByLabel("Trigger type");
  await tab(page, kind);
  await choose(page, kind, "Recurring", "Recurring schedule");
  const type = async (name: string, text: string) => {
    await tab(page, field(page, "New trigger", name));
    await page.keyboard.press("Control+A");
    await page.keyboard.type(text);
  };
  await type("Cron expression", "0 9 * *");
  await type("Time zone", "Mars/Base");
  await type("Data (JSON)", `{"phone": "${number(site, 2)}"}`);
  await type("Recipient", "data.phone");
  await type("Consent", "true");
  await type("{Name}", '"zqtext Weekly"');
  await page.keyboard.press("Enter");
  await expect(field(page, "New trigger", "Cron expression")).toBeFocused();
  await expect(field(page, "New trigger", "Cron expression")).toHaveAccessibleDescription(/five fields/);
  await expect(field(page, "New trigger", "Time zone")).toHaveAccessibleDescription(/IANA/);
  await accessible(page);
  await picture(page, "trigger-schedule-refused");
  await type("Cron expression", "0 9 * * 1");
  await type("Time zone", "Europe/Tallinn");
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { name: title })).toBeVisible();
  await expect(page.getByText("0 9 * * 1 (Europe/Tallinn)")).toBeVisible();
  await press("Preview messages");
  await expect(page.getByText("1 message would be sent.")).toBeVisible();
  await look(page, "trigger-schedule");
  await press("Delete…");
  await expect(page.getByRole("button", { name: "Delete trigger" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(page.getByText(title)).toHaveCount(0);
});

test("triggers that are not there, on their way, or not to be had", async ({ page }) => {
  await Desk.signIn(page, rig.admin);
  let answer: "wait" | "refuse" | "empty" = "wait";
  let go: () => void = () => undefined;
  const hold = new Promise<void>((resolve) => (go = resolve));
  await page.route("**/v1/outbound-triggers?**", async (route) => {
    if (answer === "wait") await hold;
    const problem = { type: "", title: "", status: 422, code: "invalid", detail: "This list is not to be had." };
    if (answer === "refuse") await route.fulfill({ status: 422, contentType: "application/problem+json", body: JSON.stringify(problem) });
    else await route.fulfill({ json: { items: [], next: null } });
  });
  await page.goto(`${rig.base}/desk/triggers`);
  await expect(page.getByRole("status", { name: "Loading" })).toBeVisible();
  await look(page, "triggers-loading");
  answer = "refuse";
  go();
  await expect(page.getByText("Could not load triggers")).toBeVisible();
  await look(page, "triggers-refused");
  answer = "empty";
  await page.getByRole("button", { name: "Try again" }).click();
  await expect(page.getByText("No triggers yet")).toBeVisible();
  await look(page, "triggers-empty");
  await page.goto(`${rig.base}/desk/triggers/00000000-0000-0000-0000-000000000000`);
  await expect(page.getByText("Could not load the trigger")).toBeVisible();
  await look(page, "trigger-not-there");

  // On a telephone the pages are behind a menu.
  await page.setViewportSize(small);
  await page.getByRole("button", { name: "Menu" }).click();
  await expect(page.getByRole("menuitem", { name: "Triggers" })).toBeVisible();
  await accessible(page);
  await picture(page, "pages-phone");
  await page.getByRole("menuitem", { name: "Campaigns" }).click();
  await expect(page.getByRole("heading", { name: "Campaigns" })).toBeVisible();
});
