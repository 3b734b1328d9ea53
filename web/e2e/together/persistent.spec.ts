import { Desk, once } from "../desk/page.ts";
import { accessible, desktop, phone, picture } from "../support/look.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { newWidget, signIns, Visitor } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";

for (const [size, viewport] of Object.entries({ desktop, phone })) {
  test(`a visitor and an agent, each at their page, through a persistent chat, ${size}`, async ({ browser }) => {
    const site = await newSite({ style: "persistent", away_timeout: 1 });
    const widget = await newWidget(site, { authentication: "required", ...signIns });
    const options = { viewport, locale: "en-GB", hasTouch: size === "phone" };
    const who = { mode: "persistent", sub: `zqtext Anna ${widget.key}` } as const;
    const office = await browser.newContext(options);
    const ann = await Desk.signIn(await office.newPage(), await newAgent(site, "Ann"));

    const first = await browser.newContext(options);
    const anna = await Visitor.enters(first, widget, who);
    await anna.opens();
    await anna.says("zqtext My teapot has a crack");
    await expect(anna.mark).toHaveText("Sent");
    await ann.accept();
    await expect(ann.bubble("zqtext My teapot has a crack")).toHaveCount(1);
    await ann.write("zqtext We send you another one. I write when it leaves.");
    await expect(anna.bubble("We send you another one")).toBeVisible();
    await expect(anna.panel.getByText(/ahead of you|You are next/)).toHaveCount(0); // nobody queues here
    await picture(anna.page, `together-persistent-before-visitor-${size}`);

    await first.close();
    await expect(ann.page.getByText("Customer away since")).toBeVisible();
    await picture(ann.page, `together-persistent-away-desk-${size}`);
    await ann.write("zqtext It has left this minute"); // into the absence
    await expect(ann.bubble("It has left").locator('.mark[data-status="sent"]')).toBeAttached();
    await ann.page.getByRole("button", { name: "Park" }).click();
    await expect(ann.page.getByText("0 of 3")).toBeVisible(); // it holds no room
    await expect(ann.tab("Waiting")).toContainText("1");

    const second = await browser.newContext(options);
    const back = await Visitor.enters(second, widget, who);
    await back.opens();
    await back.said([
      "zqtext My teapot has a crack",
      "zqtext We send you another one. I write when it leaves.",
      "zqtext It has left this minute",
    ]);
    await back.says("zqtext Has it left?");
    await expect(ann.offers.getByText("zqtext Has it left?")).toBeVisible(); // the waiting agent is told
    await accessible(ann.page);
    await picture(ann.page, `together-persistent-told-desk-${size}`);
    await ann.accept();
    await expect(ann.page.getByText("Customer away since")).toHaveCount(0);
    await ann.write("zqtext Yes, an hour ago");
    await expect(back.bubble("Yes, an hour ago")).toBeVisible();
    const all = [
      "zqtext My teapot has a crack",
      "zqtext We send you another one. I write when it leaves.",
      "zqtext It has left this minute",
      "zqtext Has it left?",
      "zqtext Yes, an hour ago",
    ];
    await once(ann, all);
    await back.said(all);
    await expect(back.panel.getByRole("button", { name: "More" })).toHaveCount(1);
    await back.panel.getByRole("button", { name: "More" }).click();
    await expect(back.panel.getByRole("button", { name: "End chat" })).toHaveCount(0); // only the agent ends it
    await accessible(back.page);
    await picture(back.page, `together-persistent-after-visitor-${size}`);
    await picture(ann.page, `together-persistent-after-desk-${size}`);
    for (const c of [second, office]) await c.close();
  });
}
