import type { BrowserContext } from "@playwright/test";
import { Desk } from "../support/desk.ts";
import { accessible, picture } from "../support/look.ts";
import { Network, newAgent, newSite } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { onItsOwnClock, pass } from "../support/speed.ts";
import { expect, test } from "../support/test.ts";

async function chatting(context: BrowserContext, network?: Network) {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site);
  const ann = await Desk.open(await newAgent(site, "Ann"));
  const visitor = await Visitor.enters(context, widget, network ? { api: network.base } : {});
  await visitor.opens();
  await visitor.says("zqtext 1");
  await expect(visitor.mark).toHaveText("Sent"); // before the agent, who is asked when the chat begins, says anything
  const conv = await ann.accept();
  const texts = async () => (await ann.thread(conv)).map((m) => m.text).filter((t) => t.startsWith("zqtext"));
  return { widget, ann, visitor, conv, texts };
}

const meanwhile = [
  "zqtext 1",
  "zqtext 2",
  "zqtext a meanwhile",
  "zqtext b meanwhile",
  "zqtext 3 from the tunnel",
  "zqtext 4 from the tunnel",
];

/** talk has both sides write, and the agent read, while they do not reach each other. */
async function talk({ ann, visitor, conv }: Awaited<ReturnType<typeof chatting>>): Promise<void> {
  for (const text of meanwhile.slice(4)) await visitor.says(text);
  await expect(visitor.log.getByText("Sending")).toHaveCount(2);
  await ann.reads(conv, (await ann.thread(conv)).at(-1)?.seq ?? 0);
  for (const text of meanwhile.slice(2, 4)) await ann.says(conv, text);
}

/** complete requires that both sides have everything, once, and go on. */
async function complete({ ann, visitor, conv, texts }: Awaited<ReturnType<typeof chatting>>): Promise<void> {
  await expect(visitor.bubble("zqtext b meanwhile")).toBeVisible();
  await expect(visitor.log.getByText("Sending")).toHaveCount(0);
  await expect(visitor.panel.locator("[part=notice]")).toHaveCount(0);
  await expect.poll(texts).toEqual(meanwhile);
  await visitor.said(meanwhile);
  await ann.reads(conv, (await ann.thread(conv)).at(-1)?.seq ?? 0);
  await expect(visitor.mark).toHaveText("Seen");
  await ann.says(conv, "zqtext after it");
  await expect(visitor.bubble("zqtext after it")).toBeVisible();
  ann.close();
}

test("a minute on a line that carries nothing and says nothing of it", async ({ context }) => {
  await onItsOwnClock(context);
  const network = await Network.open();
  const chat = await chatting(context, network);
  await chat.ann.says(chat.conv, "zqtext 2");
  await expect(chat.visitor.bubble("zqtext 2")).toBeVisible();
  const began = Date.now();
  await network.silence();
  await talk(chat);
  await pass(context, 60_000, began);
  await expect(chat.visitor.panel.getByText("Reconnecting")).toBeVisible(); // noticed without being told
  await expect(chat.visitor.bubble("zqtext a meanwhile")).toHaveCount(0);
  await network.mend();
  await complete(chat);
});

test("without a network: nothing is missing and nothing is double, on both sides", async ({ context }) => {
  const network = await Network.open();
  const chat = await chatting(context, network);
  await chat.ann.says(chat.conv, "zqtext 2");
  await expect(chat.visitor.bubble("zqtext 2")).toBeVisible();
  await network.cut();
  await context.setOffline(true);
  await expect(chat.visitor.panel.getByText("You are offline")).toBeVisible();
  await talk(chat);
  await expect(chat.visitor.bubble("zqtext a meanwhile")).toHaveCount(0);
  await accessible(chat.visitor.page);
  await picture(chat.visitor.page, "widget-offline-desktop");
  await network.mend();
  await context.setOffline(false);
  await complete(chat);
});

test("a reload in the middle of sending: the server has it, the page does not know, and it is there once", async ({ context }) => {
  const { ann, visitor, texts } = await chatting(context);
  const { page } = visitor;
  const taken = new Promise<void>((resolve) => {
    void page.route("**/v1/chat/*/messages", async (route) => {
      if (route.request().method() !== "POST") return route.continue();
      await route.fetch();
      resolve(); // and the answer never comes
    });
  });
  await visitor.says("zqtext 2");
  await visitor.says("zqtext 3");
  await taken;
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.reload();
  await visitor.said(["zqtext 1", "zqtext 2", "zqtext 3"]);
  await expect(visitor.log.getByText("Sending")).toHaveCount(0);
  await expect.poll(texts).toEqual(["zqtext 1", "zqtext 2", "zqtext 3"]);
  ann.close();
});

test("two tabs are one thread with one line to the server, and one goes on when the other closes", async ({ context }) => {
  const lines: string[] = [];
  context.on("request", (r) => {
    if (r.url().endsWith("/events")) lines.push(r.url());
  });
  const { widget, ann, visitor, conv } = await chatting(context);
  const other = await Visitor.enters(context, widget, {}, "basket.html");
  await other.opens();
  await expect(other.bubble("zqtext 1")).toBeVisible();
  await ann.says(conv, "zqtext 2");
  for (const v of [visitor, other]) await expect(v.bubble("zqtext 2")).toBeVisible();
  await other.says("zqtext 3");
  for (const v of [visitor, other]) await v.said(["zqtext 1", "zqtext 2", "zqtext 3"]);
  expect(lines).toHaveLength(1);
  await visitor.page.close();
  await ann.says(conv, "zqtext 4");
  await expect(other.bubble("zqtext 4")).toBeVisible();
  await other.said(["zqtext 1", "zqtext 2", "zqtext 3", "zqtext 4"]);
  await expect.poll(() => lines.length).toBe(2);
  ann.close();
});
