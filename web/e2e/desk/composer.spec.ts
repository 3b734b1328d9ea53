import { Client } from "../support/client.ts";
import { give } from "../support/files.ts";
import { accessible, desktop, phone as small, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { patience } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";
import { another, browserOf, Desk, talking } from "./page.ts";

test("the window counts down and closes, what was typed stays, and a template is filled in and sent", async ({ page }) => {
  const site = await newSite();
  const admin = await Client.signIn(rig.admin);
  await admin.do("POST", `/v1/accounts/${site.twilioAccount}/sync-templates`);
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  const phone = await Phone.whatsapp(site, "zqtext Kim");
  await phone.says("zqtext Where is order 1042?");
  await desk.accept();
  await expect(page.getByText(/Window closes in \d+ s/)).toBeVisible();
  await desk.composer.fill("zqtext half an answer");
  await picture(page, "composer-window-desktop");

  await expect(page.getByText(/The reply window closed on/)).toBeVisible({ timeout: patience(60_000) });
  await expect(page.getByText("Templates only")).toBeVisible();
  await expect(page.getByPlaceholder(/Write a reply/)).toHaveCount(0); // nothing that would be refused
  await page.getByRole("combobox", { name: "Template" }).click();
  await expect(page.getByRole("option", { name: "we_missed_you" })).toHaveCount(0); // it is not approved
  await page.getByRole("option", { name: "order_update" }).click();
  const send = page.getByRole("button", { name: "Send", exact: true });
  await expect(send).toBeDisabled(); // with gaps
  await page.getByRole("textbox", { name: "1" }).fill("zqtext Kim");
  await page.getByRole("textbox", { name: "2" }).fill("1042");
  const preview = page.getByRole("group", { name: "Preview" });
  const text = "Hello zqtext Kim, there is news of your order 1042. May we tell you more here?";
  await expect(preview).toHaveText(text);
  for (const [size, box] of Object.entries({ desktop, phone: small })) {
    await page.setViewportSize(box);
    await accessible(page);
    await picture(page, `composer-template-${size}`);
  }
  await page.setViewportSize(desktop);
  await send.click();
  await expect(desk.bubble(text)).toHaveCount(1);
  await expect.poll(async () => (await phone.view()).thread.filter((l) => l.text === text).length).toBe(1);

  await phone.says("zqtext Yes please"); // which opens it again, with what was half written
  await expect(desk.composer).toHaveValue("zqtext half an answer");
  await desk.write("zqtext It is on its way");
  await expect.poll(async () => (await phone.view()).thread.map((l) => l.text)).toContain("zqtext It is on its way");
});

test("quick replies are found as one types, with their gaps filled", async ({ page }) => {
  const site = await newSite();
  const admin = await Client.signIn(rig.admin);
  const offer = (title: string, text: string, tags: string[]) =>
    admin.do("POST", "/v1/quick-replies", { title, tags, texts: { en: text }, workstream_ids: [site.workstream] });
  await offer("Refund", "zqtext {CustomerFirstName}, your money is back within a week. {AgentFirstName}", ["money"]);
  await offer("Opening hours", "zqtext We are here from nine to five.", ["hours"]);
  const desk = await Desk.signIn(page, await newAgent(site, "Mia Maas"));
  const phone = await Phone.line(site, "zqtext");
  await talking(desk, phone, "zqtext When do I get it back?");
  const list = page.getByRole("listbox", { name: "Quick replies" });
  await desk.composer.pressSequentially("/");
  await expect(list.getByRole("option")).toHaveCount(2);
  await accessible(page);
  await picture(page, "composer-quick-desktop");
  await page.keyboard.press("ArrowDown");
  await expect(list.getByRole("option").nth(1)).toHaveAttribute("aria-selected", "true");
  await desk.composer.pressSequentially("refu");
  await expect(list.getByRole("option")).toHaveCount(1);
  await expect(list.getByRole("option", { name: "Refund" })).toBeVisible();
  await page.keyboard.press("Enter");
  const filled = "zqtext zqtext, your money is back within a week. Mia";
  await expect(desk.composer).toHaveValue(filled);
  await page.keyboard.press("Enter");
  await expect.poll(async () => (await phone.view()).thread.map((l) => l.text)).toContain(filled);
  await desk.composer.pressSequentially("/money back");
  await expect(list.getByRole("option", { name: "Refund" })).toBeVisible();
  await desk.composer.pressSequentially(" nowhere");
  await expect(page.getByText("No quick reply matches “money back nowhere”.")).toBeVisible();
  await page.keyboard.press("Enter"); // Typing 1.3: sends nothing
  await expect(desk.composer).toHaveValue("/money back nowhere");
  await page.keyboard.press("Escape"); // Typing 1.9: leaves the list, not what was typed
  await expect(list).toHaveCount(0);
  await expect(desk.composer).toHaveValue("/money back nowhere");
  await page.keyboard.press("Enter");
  await expect(desk.composer).toHaveValue("");
  await expect.poll(async () => (await phone.view()).thread.map((l) => l.text)).toContain("/money back nowhere");

  // Typing 1.4: Enter waits for what is typed, and takes nothing of the list before.
  await page.route(/quick-replies.*q=hours/, async (route) => {
    await expect(desk.composer).toHaveValue("/hours"); // Enter was pressed, and nothing was taken
    await route.continue();
  });
  await desk.composer.pressSequentially("/");
  await expect(list.getByRole("option")).toHaveCount(2);
  await desk.composer.pressSequentially("hours");
  await page.keyboard.press("Enter");
  await expect(desk.composer).toHaveValue("zqtext We are here from nine to five.");
});

test("files by button, drop and paste reach the visitor; theirs are shown; a file that does not fit is told before", async ({
  page,
  browser,
}) => {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site);
  const shop = await browser.newContext();
  const kim = await Visitor.enters(shop, widget);
  await kim.opens();
  await kim.says("zqtext Do you have pictures?");
  await expect(kim.mark).toHaveText("Sent");
  await give(kim.input, "paste", "zqtext-mine.png");
  await expect(kim.panel.locator("[part=chosen] li")).toHaveCount(1);
  await kim.says("zqtext like this one");
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  await desk.accept();
  const loaded = () =>
    expect.poll(() =>
      desk.thread.locator(".picture img").evaluateAll((all) => all.filter((i) => (i as HTMLImageElement).naturalWidth > 0).length),
    );
  await loaded().toBe(1);

  const input = page.locator(".composer input[type=file]");
  await page.getByRole("button", { name: "Attach files" }).hover();
  await input.setInputFiles({ name: "zqtext-too-large.bin", mimeType: "application/pdf", buffer: Buffer.alloc(6 << 20) });
  await expect(page.getByText(/zqtext-too-large.bin.* The limit is/)).toBeVisible();
  await input.setInputFiles({ name: "zqtext-list.txt", mimeType: "text/plain", buffer: Buffer.from("pots") });
  await give(desk.composer, "drop", "zqtext-dropped.png");
  await give(desk.composer, "paste", "zqtext-pasted.png");
  const chips = page.getByRole("list", { name: "Attachments" }).getByRole("listitem");
  await expect(chips).toHaveCount(3);
  await expect(page.getByLabel("Uploading")).toHaveCount(0);
  await page.reload(); // files that wait are kept as the words are
  await expect(chips).toHaveCount(3);
  await page.getByRole("button", { name: "Remove zqtext-dropped.png" }).click();
  await expect(chips).toHaveCount(2);
  await give(desk.composer, "drop", "zqtext-another.png");
  await expect(chips).toHaveCount(3);
  await expect(page.getByLabel("Uploading")).toHaveCount(0);
  await accessible(page);
  await picture(page, "composer-files-desktop");
  await desk.write("zqtext here they are");
  await expect(desk.bubble("here they are").locator(".picture img")).toHaveCount(2);
  await loaded().toBe(3);
  await expect(desk.bubble("here they are").getByText("zqtext-list.txt")).toBeVisible();
  await expect(chips).toHaveCount(0);
  await expect(kim.bubble("here they are").locator("[part=picture] img")).toHaveCount(2);
  await expect(kim.bubble("here they are").locator("[part=file]")).toContainText("zqtext-list.txt");
  for (const [size, box] of Object.entries({ desktop, phone: small })) {
    await page.setViewportSize(box);
    await accessible(page);
    await picture(page, `composer-pictures-${size}`);
  }
  await shop.close();
});

test("notes never reach the customer, are in step in two tabs and can be removed", async ({ page, context }) => {
  const site = await newSite();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  const phone = await Phone.line(site, "zqtext Noted");
  await talking(desk, phone, "zqtext hello");
  const second = await another(context);
  await second.row("zqtext Noted").click();
  await page.getByText("Note", { exact: true }).click();
  await expect(page.locator(".composer")).toHaveAttribute("data-mode", "note");
  await expect(second.page.locator(".composer")).toHaveAttribute("data-mode", "note"); // one draft, of one kind
  await desk.composer.fill("zqtext call back on Monday");
  await picture(page, "composer-note-desktop");
  await page.getByRole("button", { name: "Save note" }).click();
  for (const d of [desk, second]) await expect(d.bubble("call back on Monday")).toHaveAttribute("data-side", "note");
  await expect(desk.composer).toHaveValue("");
  await page.getByText("Reply", { exact: true }).click();
  await desk.write("zqtext bye");
  await expect.poll(async () => (await phone.view()).thread.map((l) => l.text)).toContain("zqtext bye");
  expect((await phone.view()).thread.map((l) => l.text)).not.toContain("zqtext call back on Monday");
  await second.page.getByRole("button", { name: "Delete note" }).click();
  for (const d of [desk, second]) await expect(d.bubble("call back on Monday")).toHaveCount(0);
  await desk.tab("Mine").click();
  await second.page.getByRole("button", { name: "End", exact: true }).click();
  await expect(page.getByRole("button", { name: "Close", exact: true })).toBeVisible(); // ended there, and here
});

test("a draft survives the browser's crash", async ({ browser }) => {
  const site = await newSite();
  const desk = await browserOf(browser, await newAgent(site, "Mia"));
  const phone = await Phone.line(site, "zqtext Crash");
  await talking(desk, phone, "zqtext hello");
  await desk.composer.pressSequentially("zqtext typed just before");
  const at = desk.page.url();
  const devtools = await desk.page.context().newCDPSession(desk.page);
  const crashed = desk.page.waitForEvent("crash");
  devtools.send("Page.crash").catch(() => undefined); // answers nothing any more
  await crashed;
  const again = new Desk(await desk.page.context().newPage());
  await again.page.goto(at);
  await expect(again.composer).toHaveValue("zqtext typed just before");
  await again.composer.press("Enter");
  await expect.poll(async () => (await phone.view()).thread.map((l) => l.text)).toContain("zqtext typed just before");
  await again.page.context().close();
});
