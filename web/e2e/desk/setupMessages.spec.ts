import { newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { look } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

test("templates of our own by language, and WhatsApp's with their approval", async ({ page }) => {
  const site = await newSite();
  const name = `Parcel ${own()}`;
  await openSetup(page, "Templates");
  await page.getByRole("link", { name: "Add a template" }).first().click();
  const add = page.getByRole("form", { name: "Add a template" });
  const preview = page.getByRole("complementary", { name: "Preview" });
  await add.getByRole("textbox", { name: "Name" }).fill(name);
  await add.getByRole("textbox", { name: "Text" }).fill("Hello {Name}, your parcel is here.");
  await expect(preview).toContainText("Hello [Name], your parcel is here.");
  await look(page, "setup-template-new");
  await add.getByRole("button", { name: "Add template" }).click();
  await expect(page.getByRole("heading", { level: 1, name })).toBeVisible();
  await page.getByLabel("Add a language").selectOption("Dutch");
  const form = page.getByRole("form", { name: "Template" });
  await form.getByRole("textbox", { name: "Dutch" }).fill("Dag {Name}, uw pakket is er.");
  await page.getByLabel("Language of the preview").selectOption("Dutch");
  await expect(preview).toContainText("Dag [Name]");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByText("Saved. It takes effect at once.")).toBeVisible();
  await page.reload();
  await form.getByLabel("Default language").selectOption("Dutch");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByText("Saved. It takes effect at once.")).toBeVisible();
  await look(page, "setup-template");

  await page.getByRole("link", { name: "All templates" }).click();
  const sync = page.getByRole("region", { name: "Synchronise" });
  await sync.getByRole("button", { name: `Synchronise Twilio ${String(site.n)}`, exact: true }).click();
  await expect(sync).toContainText(/Found: \d+ new/);
  const table = page.getByRole("table", { name: "Templates" });
  await expect(table.getByRole("row").filter({ hasText: name })).toContainText("Not needed");
  const kept = table
    .getByRole("row")
    .filter({ hasText: `Twilio ${String(site.n)}` })
    .filter({ hasText: "Approved" })
    .first();
  await look(page, "setup-templates");
  await kept.getByRole("link").click();
  await expect(page.getByRole("region", { name: "Texts at the provider" })).toContainText("Synchronised");
  await look(page, "setup-template-whatsapp");
});

test("quick replies with tags, languages and checked placeholders", async ({ page }) => {
  const n = own();
  await openSetup(page, "Quick replies");
  await page.getByRole("link", { name: "Add a quick reply" }).first().click();
  const add = page.getByRole("form", { name: "Add a quick reply" });
  await add.getByRole("textbox", { name: "Title" }).fill(`Refund ${n}`);
  await add.getByRole("textbox", { name: "Tags" }).fill(`refund${n}\nmoney`);
  const english = add.getByRole("textbox", { name: "English" });
  await english.fill("Hello {Name}, your refund is on its way.");
  await add.getByRole("button", { name: "Add quick reply" }).click();
  await expect(english).toHaveAccessibleDescription(/Nothing fills {Name}/);
  await look(page, "setup-reply-refused");
  await english.fill("Hello {CustomerFirstName}, your refund is on its way.");
  await expect(page.getByRole("complementary", { name: "Preview" })).toContainText("Hello Ada, your refund");
  await add.getByRole("button", { name: "Add quick reply" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Refund ${n}` })).toBeVisible();
  await page.getByLabel("Add a language").selectOption("Estonian");
  const form = page.getByRole("form", { name: "Quick reply" });
  await form.getByRole("textbox", { name: "Estonian" }).fill("Tere, {CustomerFirstName}!");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByText("Saved. It takes effect at once.")).toBeVisible();
  await look(page, "setup-reply");
  await page.getByRole("link", { name: "All quick replies" }).click();
  await page.getByLabel("Tag").selectOption(`refund${n}`);
  const row = page
    .getByRole("table", { name: "Quick replies" })
    .getByRole("row")
    .filter({ hasText: `Refund ${n}` });
  await expect(row).toContainText("English, Estonian");
  await look(page, "setup-replies");
});
