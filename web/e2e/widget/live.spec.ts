import { Desk } from "../support/desk.ts";
import { accessible, desktop, phone, picture } from "../support/look.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { patience } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";

for (const [size, viewport] of Object.entries({ desktop, phone })) {
  test(`a live chat, ${size}`, async ({ browser }) => {
    const site = await newSite({ style: "live" });
    const widget = await newWidget(site, {
      appearance: { subtitle: "We answer in minutes" },
    });
    const context = await browser.newContext({ viewport, hasTouch: size === "phone" });
    const visitor = await Visitor.enters(context, widget);
    await picture(visitor.page, `widget-launcher-${size}`);
    await visitor.opens();
    await expect(visitor.input).toBeFocused();
    await accessible(visitor.page);
    await picture(visitor.page, `widget-hello-${size}`);

    await visitor.says("zqtext Does the celadon teapot drip?");
    await expect(visitor.panel.getByText("You are next.")).toBeVisible();
    await expect(visitor.mark).toHaveText("Sent");
    await accessible(visitor.page);
    await picture(visitor.page, `widget-waiting-${size}`);

    const ann = await Desk.open(await newAgent(site, "Ann"));
    const conv = await ann.accept();
    await expect(visitor.panel.getByText("Ann", { exact: true }).first()).toBeVisible();
    const question = (await ann.thread(conv)).find((m) => m.text.includes("drip"));
    await ann.reads(conv, question?.seq ?? 0);
    await expect(visitor.mark).toHaveText("Seen");
    // Typing goes on until it is seen: it is shown for seconds.
    await expect(async () => {
      await ann.types(conv);
      await expect(visitor.panel.getByText("Ann is typing")).toBeVisible({ timeout: 4_000 });
    }).toPass({ timeout: patience(30_000) });
    await ann.says(conv, "zqtext It does not: the spout is cut sharp. https://shop.example.com/spouts");
    await expect(visitor.bubble("cut sharp")).toBeVisible();
    await visitor.says("zqtext Then I take it");
    await expect(visitor.mark).toHaveText("Sent");
    await expect.poll(async () => (await ann.thread(conv)).map((m) => m.text)).toContain("zqtext Then I take it");
    await accessible(visitor.page);
    await picture(visitor.page, `widget-chat-${size}`);

    await visitor.page.reload();
    await expect(visitor.bubble("Then I take it")).toBeVisible(); // open as it was, with what was said
    await visitor.panel.getByRole("button", { name: "More" }).click();
    await picture(visitor.page, `widget-menu-${size}`);
    const download = visitor.page.waitForEvent("download");
    await visitor.panel.getByRole("button", { name: "Download transcript" }).click();
    expect((await download).suggestedFilename()).toBe("chat.txt");
    await visitor.panel.getByRole("button", { name: "End chat" }).click();
    await visitor.panel.getByRole("button", { name: "End chat" }).click();
    await expect(visitor.panel.getByText("This chat has ended.")).toBeVisible();
    await accessible(visitor.page);
    await picture(visitor.page, `widget-ended-${size}`);
    await expect.poll(async () => (await ann.conversation(conv)).state).not.toBe("active");
    ann.close();
    await context.close();
  });
}
