import { newSite, rig } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";
import { admin, look, tab } from "./campaigns.ts";
import { Desk } from "./page.ts";
import { openSetup, own } from "./setup.ts";

test("a chat for a site: from its name to the snippet", async ({ page, context }) => {
  await newSite();
  const n = own();
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  await openSetup(page, "Chat on your site");
  await page.getByRole("link", { name: "Add a chat" }).first().click();
  const form = page.getByRole("form", { name: "Add a chat" });
  await form.getByLabel("Name").fill(`Shop ${n}`);
  await form.getByLabel("Sites").fill("shop.example.com");
  await form.getByLabel("Workstream").selectOption({ label: "A new one: persistent chat" });
  await expect(form.getByLabel("Visitors need not sign in")).toBeVisible();
  await form.getByLabel("Workstream").selectOption({ label: "A new one: live chat" });
  await expect(form.getByLabel("Visitors need not sign in")).toHaveCount(0);
  await form.getByRole("button", { name: "Add chat" }).click();
  await expect(form.getByLabel("Sites")).toBeFocused();
  await expect(form.getByLabel("Sites")).toHaveAccessibleDescription(/is not a site/);
  await look(page, "setup-chat-refused");
  await form.getByLabel("Sites").fill(`https://shop-${n}.example.com\nhttps://*.example.org`);
  await form.getByRole("button", { name: "Add chat" }).click();

  // The snippet is there to be copied, with the key of this chat.
  await expect(page.getByRole("heading", { level: 1, name: `Shop ${n}` })).toBeVisible();
  const snippet = await page.getByRole("region", { name: "Snippet" }).locator("pre").textContent();
  expect(snippet).toMatch(/^<script src="http.*\/widget\/loader\.js" data-widget="[\w-]+" async><\/script>$/);
  await page.getByRole("button", { name: "Copy the snippet" }).click();
  await expect(page.getByRole("button", { name: "Copied the snippet" })).toBeVisible();
  await expect.poll(() => page.evaluate(() => navigator.clipboard.readText())).toBe(snippet);

  // The preview follows what is typed, and says what nobody could read.
  const settings = page.getByRole("form", { name: "Chat settings" });
  const preview = page.getByRole("complementary", { name: "Preview" });
  await settings.getByLabel("Title", { exact: true }).fill("Ask us");
  await settings.getByRole("textbox", { name: "Colour", exact: true }).fill("#ffe08a");
  await expect(preview).toContainText("Ask us");
  await expect(preview).toContainText("Hard to read");
  await settings.getByRole("textbox", { name: "Colour of text on it", exact: true }).fill("#1c2024");
  await expect(preview.getByText("Hard to read")).toHaveCount(0);
  await settings.getByRole("button", { name: "Save" }).click();
  await expect(settings.getByText("Saved. It takes effect at once.")).toBeVisible();
  await look(page, "setup-chat");
  await page.reload();
  await expect(settings.getByLabel("Title", { exact: true })).toHaveValue("Ask us");
  await expect(settings.getByRole("textbox", { name: "Colour", exact: true })).toHaveValue("#ffe08a");
});

test("questions in two languages, as visitors get them", async ({ page, browser }) => {
  const widget = await newWidget(await newSite({ style: "live" }), { appearance: { hide_offline: false } });
  await openSetup(page, "Chat on your site");
  await page.goto(`${rig.base}/desk/setup/chat/${widget.id}`);
  const section = page.getByRole("region", { name: "Questions and texts" });
  const preview = section.getByRole("group", { name: "Preview of the questions" });
  const first = section.getByRole("group", { name: "Question 1" });
  const save = section.getByRole("button", { name: "Save questions and texts" });
  await section.getByRole("button", { name: "Add a question" }).click();
  await save.click();
  await expect(first.getByLabel("Question in English")).toHaveAccessibleDescription(/Write the question/);
  await first.getByLabel("Question in English").fill("Your order number?");
  await first.getByLabel("Name of the answer").fill("order");
  await expect(preview).toContainText("Your order number?");
  await section.getByRole("button", { name: "Add a question" }).click();
  const second = section.getByRole("group", { name: "Question 2" });
  await second.getByLabel("Question in English").fill("What is it about?");
  await second.getByLabel("Answer", { exact: true }).selectOption("Choice");
  await second.getByLabel("Choices").fill("Delivery\nReturns");
  await section.getByRole("button", { name: "Move question 2 up" }).click();
  await section.getByLabel("Add a language").selectOption("et");
  await first.getByLabel("Question in Estonian").fill("Millest on jutt?");
  await section.getByRole("group", { name: "Texts in Estonian" }).getByLabel("Start", { exact: true }).fill("Alusta kohe");
  await expect(preview).toContainText("Millest on jutt?");
  await expect(preview).toContainText("Alusta kohe");
  await save.click();
  await expect(section.getByText("Saved. Visitors see it at once.")).toBeVisible();
  await look(page, "setup-chat-survey");
  const estonian = await browser.newContext({ locale: "et-EE" });
  const visitor = await Visitor.enters(estonian, widget, { language: "et" });
  await visitor.opens();
  await expect(visitor.panel.getByLabel("Millest on jutt?")).toBeVisible();
  await expect(visitor.panel.getByLabel("Your order number?")).toBeVisible(); // where a language has none, English stands in
  await expect(visitor.panel.getByRole("button", { name: "Alusta kohe" })).toBeVisible();
  await estonian.close();
});

test("a token of the site is tested before visitors have it", async ({ page }) => {
  const site = await newSite({ style: "persistent" });
  const n = own();
  const api = await admin();
  const widget = await api.do<{ id: string }>("POST", "/v1/widgets", {
    name: `Members ${n}`,
    workstream_id: site.workstream,
    origins: ["https://shop.example.com"],
    authentication: "required",
    public_key: rig.shopKey,
    audience: "shop",
  });
  await openSetup(page, "Chat on your site");
  await page.getByRole("link", { name: `Members ${n}` }).click();
  const region = page.getByRole("region", { name: "Test a token" });
  const token = region.getByLabel("Token");
  await token.fill("not a token");
  await tab(page, region.getByRole("button", { name: "Test token" }));
  await page.keyboard.press("Enter");
  await expect(region).toContainText("This token would be refused");
  await expect(region).toContainText("It is malformed.");
  await look(page, "setup-chat-token");
  await api.do("DELETE", `/v1/widgets/${widget.id}`);
});

test("the first steps, and what a workstream is made of", async ({ page }) => {
  const site = await newSite();
  await Desk.signIn(page, rig.admin);
  await page.getByRole("link", { name: "Setup" }).click();
  await expect(page.getByRole("heading", { level: 1, name: "First steps" })).toBeVisible();
  const steps = page.getByRole("list", { name: "Steps" });
  const step = (title: string) => steps.getByRole("listitem").filter({ hasText: title });
  await expect(step("Connect a channel").getByRole("img", { name: "Done" })).toBeVisible();
  await expect(step("Set operating hours")).toContainText("(optional)");
  await look(page, "setup-first-steps");
  await step("Decide how conversations get there").getByRole("link").click();
  await expect(page.getByRole("heading", { level: 1, name: "Workstreams" })).toBeVisible();
  await look(page, "setup-workstreams");
  await page.getByRole("link", { name: `Workstream ${String(site.n)}`, exact: true }).click();
  const form = page.getByRole("form", { name: "Workstream" });
  await form.getByLabel("An offer lasts (seconds)").fill("45");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByText("Saved. It takes effect at once.")).toBeVisible();
  await look(page, "setup-workstream");
});

test("an empty installation gets its first queue and workstream with one click", async ({ page }) => {
  const none = { json: { items: [], next: null } };
  let empty = true;
  // Other tests have made queues and workstreams; this one begins before there were any.
  await page.route(/\/v1\/(workstreams|queues)\?/, (route) => (empty ? route.fulfill(none) : route.continue()));
  await openSetup(page, "First steps");
  const steps = page.getByRole("list", { name: "Steps" });
  const step = (title: string) => steps.getByRole("listitem").filter({ hasText: title });
  await expect(step("Put people in a queue").getByRole("img", { name: "To do" })).toBeVisible();
  await look(page, "setup-empty");
  empty = false;
  await page.getByRole("checkbox", { name: "Add me to the queue" }).check();
  await page.getByRole("button", { name: "Create queue and workstream" }).click();
  await expect(step("Put people in a queue").getByRole("img", { name: "Done" })).toBeVisible();
  await expect(step("Decide how conversations get there").getByRole("img", { name: "Done" })).toBeVisible();
  await page.getByRole("navigation", { name: "Setup" }).getByRole("link", { name: "Queues" }).click();
  const row = page.getByRole("table", { name: "Queues" }).getByRole("row").filter({ hasText: "Support" });
  await expect(row.getByRole("cell").nth(1)).toHaveText("1"); // whoever made it asked to be in it
  await page.getByRole("navigation", { name: "Setup" }).getByRole("link", { name: "Workstreams" }).click();
  await expect(page.getByRole("table", { name: "Workstreams" }).getByRole("row").filter({ hasText: "Support" })).toBeVisible();
});
