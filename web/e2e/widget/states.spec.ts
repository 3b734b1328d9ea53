import { Client } from "../support/client.ts";
import { Desk } from "../support/desk.ts";
import { accessible, desktop, phone, picture } from "../support/look.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";

const questions = [
  { name: "name", type: "text", required: true, meaning: "name", label: { en: "Your name", fi: "Nimesi" } },
  { name: "email", type: "text", check: "email", label: { en: "E-mail", fi: "Sähköposti" } },
  { name: "topic", type: "options", options: ["Delivery", "Returns"], label: { en: "What is it about?", fi: "Mistä on kyse?" } },
  { name: "more", type: "multiline", label: { en: "Tell us more", fi: "Kerro lisää" } },
  {
    name: "terms",
    type: "consent",
    required: true,
    label: { en: "I accept the [terms](https://shop.example.com/terms)", fi: "Hyväksyn [ehdot](https://shop.example.com/terms)" },
  },
];

test("a survey before the chat, which says what is wrong with an answer", async ({ browser }) => {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site, { pre_chat: questions });
  const context = await browser.newContext({ viewport: phone, colorScheme: "dark", hasTouch: true });
  const visitor = await Visitor.enters(context, widget);
  await visitor.opens();
  await expect(visitor.panel.getByLabel("Your name")).toBeFocused();
  await visitor.panel.getByLabel("E-mail").fill("nobody");
  await visitor.panel.getByRole("button", { name: "Start chat" }).click();
  await expect(visitor.panel.getByText("Required", { exact: true })).toHaveCount(2);
  await expect(visitor.panel.getByText("Enter a valid e-mail address.")).toBeVisible();
  await expect(visitor.panel.getByLabel("Your name")).toBeFocused();
  await accessible(visitor.page);
  await picture(visitor.page, "widget-survey-phone-dark");
  await visitor.panel.getByLabel("Your name").fill("zqtext Kim");
  await visitor.panel.getByLabel("E-mail").fill("kim@example.com");
  await visitor.panel.getByLabel("What is it about?").selectOption("Returns");
  await visitor.panel.getByRole("checkbox").check();
  await visitor.panel.getByRole("button", { name: "Start chat" }).click();
  const ann = await Desk.open(await newAgent(site, "Ann"));
  const conv = await ann.accept();
  expect(JSON.stringify(await ann.thread(conv))).toContain("Returns");
  await expect(visitor.input).toBeFocused();
  ann.close();
  await context.close();
});

test("closed by its hours, in Dutch", async ({ browser }) => {
  const admin = await Client.signIn(rig.admin);
  const today = new Date().toISOString().slice(0, 10);
  const until = new Date(Date.now() + 3 * 86_400_000).toISOString().slice(0, 10);
  const hours = await admin.do<{ id: string }>("POST", "/v1/operating-hours", {
    name: `Closed ${String(Date.now())}`,
    time_zone: "UTC",
    calendar: {
      events: [{ weekdays: ["mon", "tue", "wed", "thu", "fri", "sat", "sun"], start: "08:00", end: "17:00" }],
      holidays: [{ date: today, until, reason: "Holiday" }],
    },
  });
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site, {
    operating_hours_id: hours.id,
    language: "nl",
    appearance: { hide_offline: false, title: "Kettle & Leaf" },
  });
  const context = await browser.newContext({ viewport: desktop, locale: "nl-NL" });
  const visitor = await Visitor.enters(context, widget, { language: "nl" });
  await visitor.launcher.click();
  await expect(visitor.panel.getByText("We zijn nu gesloten")).toBeVisible();
  await expect(visitor.panel.getByText(/We zijn er weer \w+dag/)).toBeVisible();
  await accessible(visitor.page);
  await picture(visitor.page, "widget-closed-desktop");
  await context.close();
});

for (const [language, write] of Object.entries({
  en: "Write a message",
  nl: "Schrijf een bericht",
  fi: "Kirjoita viesti",
  et: "Kirjuta sõnum",
  ja: "メッセージを入力",
})) {
  test(`in ${language}, dark, with the keyboard alone`, async ({ browser }) => {
    const site = await newSite({ style: "live" });
    const widget = await newWidget(site);
    const context = await browser.newContext({ viewport: desktop, colorScheme: "dark", reducedMotion: "reduce" });
    const visitor = await Visitor.enters(context, widget, { language }, "account.html");
    const { page } = visitor;
    const reached = () => visitor.launcher.evaluate((b) => (b.getRootNode() as ShadowRoot).activeElement === b);
    for (let i = 0; i < 20 && !(await reached()); i++) await page.keyboard.press("Tab");
    await expect(visitor.launcher).toBeFocused();
    await page.keyboard.press("Enter");
    await expect(visitor.input).toBeFocused();
    await expect(visitor.input).toHaveAttribute("placeholder", write);
    await page.keyboard.type("zqtext one line");
    await page.keyboard.press("Shift+Enter");
    await page.keyboard.type("and another");
    await page.keyboard.press("Enter");
    await expect(visitor.bubble("and another")).toBeVisible();
    await expect(visitor.mark).toBeVisible();
    await accessible(page);
    await picture(page, `widget-${language}-desktop-dark`);
    await page.keyboard.press("Escape");
    await expect(visitor.panel).toHaveCount(0);
    await expect(visitor.launcher).toBeFocused();
    await page.keyboard.press("Space");
    await expect(visitor.input).toBeFocused();
    for (let i = 0; i < 2; i++) await page.keyboard.press("Shift+Tab");
    await expect(visitor.log).toBeFocused(); // so that it can be scrolled
    await page.keyboard.press("Control+/");
    await expect(visitor.input).toBeFocused();
    await context.close();
  });
}

test("who left is asked whether to go on, and goes on by the agent's link in another browser", async ({ browser }) => {
  const site = await newSite({ style: "live", away_timeout: 2, reconnect_for: 600 });
  const widget = await newWidget(site);
  const ann = await Desk.open(await newAgent(site, "Ann"));
  const context = await browser.newContext({ viewport: phone });
  const visitor = await Visitor.enters(context, widget);
  await visitor.opens();
  const here = visitor.page.waitForResponse((r) => r.url().includes("/events"));
  await visitor.says("zqtext I have to leave");
  const conv = await ann.accept();
  await here;
  const held = async (times: number) =>
    expect.poll(async () => (await ann.thread(conv)).filter((m) => m.automated === "customer_held").length).toBe(times);
  await visitor.page.close();
  await held(1);

  const back = await Visitor.enters(context, widget);
  await back.launcher.click();
  await expect(back.panel.getByText("Your chat is still open.")).toBeVisible();
  await accessible(back.page);
  await picture(back.page, "widget-resume-phone");
  const present = back.page.waitForResponse((r) => r.url().includes("/events"));
  await back.panel.getByRole("button", { name: "Continue" }).click();
  await expect(back.bubble("I have to leave")).toBeVisible();
  await present; // who was not there cannot leave
  await context.close();
  await held(2);

  const { reconnect } = await ann.client.do<{ reconnect: string }>("POST", `/v1/conversations/${conv}/reconnect-link`);
  const elsewhere = await browser.newContext({ viewport: desktop });
  const found = await Visitor.enters(elsewhere, widget, { "switchboard-reconnect": reconnect });
  await expect(found.bubble("I have to leave")).toBeVisible();
  await expect(found.page).toHaveURL((url) => !url.href.includes(reconnect));
  await found.says("zqtext here I am");
  await expect.poll(async () => (await ann.thread(conv)).map((m) => m.text)).toContain("zqtext here I am");
  ann.close();
  await elsewhere.close();
});

test("a place in the queue, and what the server refuses", async ({ browser }) => {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site);
  const contexts = [await browser.newContext(), await browser.newContext({ viewport: desktop })];
  const [first, second] = await Promise.all(contexts.map((c) => Visitor.enters(c, widget)));
  if (!first || !second) throw new Error("two visitors were to enter");
  await first.opens();
  await first.says("zqtext first");
  await expect(first.panel.getByText("You are next.")).toBeVisible();
  await second.opens();
  await second.says("zqtext second");
  await expect(second.panel.getByText("1 person is ahead of you.")).toBeVisible();
  await first.panel.getByRole("button", { name: "More" }).click();
  await first.panel.getByRole("button", { name: "End chat" }).click();
  await first.panel.getByRole("button", { name: "End chat" }).click();
  await expect(second.panel.getByText("You are next.")).toBeVisible(); // told by push

  const refuse = "**/v1/chat/*/messages";
  const problem = { code: "invalid", status: 422 };
  await second.page.route(refuse, (r) =>
    r.request().method() === "POST"
      ? r.fulfill({ status: 422, json: problem, headers: { "Access-Control-Allow-Origin": "*" } })
      : r.continue(),
  );
  await second.says("zqtext not to the server's taste");
  await expect(second.log.getByText("Not sent.")).toBeVisible();
  await accessible(second.page);
  await picture(second.page, "widget-refused-desktop");
  await second.page.unroute(refuse);
  await second.log.getByRole("button", { name: "Try again" }).click();
  await expect(second.mark).toHaveText("Sent");
  await second.said(["zqtext second", "zqtext not to the server's taste"]);

  // Typing 1.8: somebody is promised only while somebody is there.
  await expect(second.panel.getByText("Nobody is available right now.")).toBeVisible();
  await accessible(second.page);
  await picture(second.page, "widget-nobody-desktop");
  const ann = await Desk.open(await newAgent(site, "Ann"));
  await expect(second.panel.getByText("Someone will be with you shortly.")).toBeVisible(); // told by push
  await ann.client.do("PUT", "/v1/me/presence", { presence: "away" });
  await expect(second.panel.getByText("Nobody is available right now.")).toBeVisible();
  await expect(second.panel.getByText("Someone will be with you shortly.")).toHaveCount(0);
  ann.close();
  for (const c of contexts) await c.close();
});

test("a look at the thread that is answered late does not replace what was pushed since", async ({ browser }) => {
  const widget = await newWidget(await newSite({ style: "live" }));
  const contexts = [await browser.newContext(), await browser.newContext()];
  const [first, second] = await Promise.all(contexts.map((c) => Visitor.enters(c, widget)));
  if (!first || !second) throw new Error("two visitors were to enter");
  await first.opens();
  await first.says("zqtext first");
  await expect(first.mark).toHaveText("Sent");
  let answer = (): void => undefined;
  const pushed = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await second.page.route("**/v1/chat/*/thread", async (route) => {
    if (route.request().method() !== "GET") return route.continue();
    const response = await route.fetch();
    const thread = (await response.json()) as object;
    await pushed;
    await route.fulfill({ response, json: { ...thread, queue: { ahead: 4, wait: null } } }); // as it was a moment ago
  });
  const stream = second.page.waitForResponse((r) => r.url().includes("/events"));
  const asked = second.page.waitForRequest((r) => r.url().endsWith("/thread") && r.method() === "GET");
  await second.opens();
  await second.says("zqtext second");
  await asked;
  await stream;
  await expect(second.panel.getByText("1 person is ahead of you.")).toBeVisible(); // told by push
  const answered = second.page.waitForResponse((r) => r.url().endsWith("/thread"));
  answer();
  await (await answered).finished();
  // The page has drawn what it got.
  await second.page.evaluate(() => new Promise((drawn) => requestAnimationFrame(() => setTimeout(drawn))));
  await expect(second.panel.getByText("1 person is ahead of you.")).toBeVisible();
  for (const c of contexts) await c.close();
});
