import { Desk } from "../desk/page.ts";
import { accessible, desktop, phone, picture } from "../support/look.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { patience } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";

const survey = [
  { name: "name", type: "text", required: true, meaning: "name", label: { en: "Your name" } },
  { name: "topic", type: "options", options: ["Delivery", "Teapots"], label: { en: "What is it about?" } },
];

for (const [size, viewport] of Object.entries({ desktop, phone })) {
  test(`a visitor and an agent, each at their page, through a live chat, ${size}`, async ({ browser }) => {
    const site = await newSite({ style: "live" });
    const widget = await newWidget(site, { pre_chat: survey });
    const options = { viewport, locale: "en-GB", hasTouch: size === "phone" };
    const shops = await Promise.all([browser.newContext(options), browser.newContext(options)]);
    const enters = async (at: number, name: string) => {
      const v = await Visitor.enters(shops[at] ?? shops[0], widget);
      await v.opens();
      await v.panel.getByLabel("Your name").fill(name);
      await v.panel.getByLabel("What is it about?").selectOption("Teapots");
      await v.panel.getByRole("button", { name: "Start chat" }).click();
      return v;
    };
    const kim = await enters(0, "zqtext Kim");
    await kim.says("zqtext Does the celadon teapot drip?");
    await expect(kim.panel.getByText("You are next.")).toBeVisible();
    await expect(kim.mark).toHaveText("Sent");
    const lee = await enters(1, "zqtext Lee");
    await lee.says("zqtext And I?");
    await expect(lee.panel.getByText("1 person is ahead of you.")).toBeVisible();
    await picture(lee.page, `together-queue-visitor-${size}`);

    // The agent sits down; with room for one, the first is offered and the other moves up.
    const office = await browser.newContext(options);
    const ann = await Desk.signIn(await office.newPage(), await newAgent(site, "Ann", 1));
    await expect(ann.offers.getByText("zqtext Does the celadon teapot drip?")).toBeVisible();
    await accessible(ann.page);
    await picture(ann.page, `together-offer-desk-${size}`);
    await ann.accept();
    await expect(ann.bubble("zqtext Does the celadon teapot drip?")).toBeVisible();
    await expect(ann.page.getByRole("button", { name: "End", exact: true })).toBeVisible();
    await expect(ann.page.getByRole("button", { name: "Park" })).toHaveCount(0); // a live chat cannot wait
    await expect(ann.thread.getByLabel("Pre-chat answers")).toContainText("What is it about?Teapots");
    await expect(kim.panel.getByText("Ann", { exact: true }).first()).toBeVisible();
    await expect(kim.panel.getByText("You are next.")).toHaveCount(0);
    await expect(lee.panel.getByText("You are next.")).toBeVisible();
    await expect(kim.mark).toHaveText("Seen"); // it lies before the agent

    // Each sees that the other writes. Typing goes on until it is seen: it is shown for seconds.
    await expect(async () => {
      await ann.composer.press("x");
      await expect(kim.panel.getByText("Ann is typing")).toBeVisible({ timeout: 4_000 });
    }).toPass({ timeout: patience(30_000) });
    await picture(kim.page, `together-typing-visitor-${size}`);
    await ann.write("zqtext It does not: the spout is cut sharp.");
    await expect(kim.bubble("cut sharp")).toBeVisible();
    await expect(async () => {
      await kim.input.press("y");
      await expect(ann.thread.getByText("zqtext Kim is typing")).toBeVisible({ timeout: 4_000 });
    }).toPass({ timeout: patience(30_000) });
    await picture(ann.page, `together-typing-desk-${size}`);
    await kim.says("zqtext Then I take it");
    await expect(ann.bubble("zqtext Then I take it")).toHaveCount(1);
    await expect(kim.mark).toHaveText("Seen");
    await expect(ann.bubble("cut sharp").locator('.mark[data-status="read"]')).toBeAttached();
    await accessible(ann.page);
    await accessible(kim.page);
    await picture(kim.page, `together-chat-visitor-${size}`);
    await picture(ann.page, `together-chat-desk-${size}`);

    // The agent ends it: the visitor is told, the agent wraps up, and the next is offered.
    await ann.page.getByRole("button", { name: "End", exact: true }).click();
    await expect(kim.panel.getByText("This chat has ended.")).toBeVisible();
    await picture(kim.page, `together-ended-visitor-${size}`);
    await ann.page.getByRole("button", { name: "Close", exact: true }).click();
    await expect(ann.offers.getByText("zqtext And I?")).toBeVisible();
    await ann.accept();
    await ann.write("zqtext Now it is your turn");
    await expect(lee.bubble("Now it is your turn")).toBeVisible();

    // And the other visitor ends theirs: the agent is told and needs to do no more than wrap up.
    await lee.panel.getByRole("button", { name: "More" }).click();
    await lee.panel.getByRole("button", { name: "End chat" }).click();
    await lee.panel.getByRole("button", { name: "End chat" }).click();
    await expect(lee.panel.getByText("This chat has ended.")).toBeVisible();
    await expect(ann.page.getByRole("button", { name: "Close", exact: true })).toBeVisible();
    await picture(ann.page, `together-ended-desk-${size}`);
    for (const c of [...shops, office]) await c.close();
  });
}
