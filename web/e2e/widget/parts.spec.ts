import { Desk } from "../support/desk.ts";
import { give } from "../support/files.ts";
import { accessible, picture } from "../support/look.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";

test("pictures and files by button, drop and paste; buttons and unread marks", async ({ context }) => {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site);
  const ann = await Desk.open(await newAgent(site, "Ann"));
  const visitor = await Visitor.enters(context, widget);
  await visitor.opens();
  await visitor.panel
    .locator("input[type=file]")
    .setInputFiles({ name: "zqtext-bill.txt", mimeType: "text/plain", buffer: Buffer.from("bill") });
  await give(visitor.input, "drop", "zqtext-dropped.png");
  await give(visitor.input, "paste", "zqtext-pasted.png");
  await expect(visitor.panel.locator("[part=chosen] li")).toHaveCount(3);
  const thumbnails = visitor.panel.locator("[part=chosen] img");
  await expect(thumbnails).toHaveCount(2);
  await expect.poll(() => thumbnails.evaluateAll((all) => all.every((i) => (i as HTMLImageElement).naturalWidth > 0))).toBe(true);
  await accessible(visitor.page);
  await picture(visitor.page, "widget-files-desktop");
  await visitor.says("zqtext three files");
  const conv = await ann.accept();
  await expect.poll(async () => (await ann.thread(conv)).flatMap((m) => m.attachments ?? []).length).toBe(3);
  await expect(visitor.log.locator("[part=picture] img")).toHaveCount(2);
  await expect
    .poll(() => visitor.log.locator("[part=picture] img").evaluateAll((all) => all.every((i) => (i as HTMLImageElement).naturalWidth > 0)))
    .toBe(true);

  await visitor.panel.getByRole("button", { name: "Close chat" }).click();
  await ann.says(conv, "zqtext I look at them");
  await expect(visitor.launcher).toHaveAccessibleName("Open chat, 1 unread message");
  await accessible(visitor.page);
  await picture(visitor.page, "widget-unread-desktop");
  await visitor.opens();
  await expect(visitor.bubble("I look at them")).toBeVisible();
  await visitor.panel.getByRole("button", { name: "Close chat" }).click();
  await expect(visitor.launcher).toHaveAccessibleName("Open chat");
  ann.close();
});

test("one settings call before it is opened, no cookie, and sizes as promised", async ({ context }) => {
  const widget = await newWidget(await newSite({ style: "live" }));
  const calls: string[] = [];
  context.on("request", (r) => {
    if (r.url().startsWith(rig.base)) calls.push(new URL(r.url()).pathname);
  });
  const visitor = await Visitor.enters(context, widget);
  expect(calls).toEqual(["/widget/loader.js", `/v1/chat/${widget.key}`]);
  await visitor.opens();
  await expect(visitor.input).toBeVisible();
  expect(await context.cookies()).toEqual([]);
  const sizes = (await (await fetch(`${rig.base}/widget/sizes.json`)).json()) as { loader: number; all: number };
  expect(sizes.loader).toBeLessThanOrEqual(3 * 1024);
  expect(sizes.all).toBeLessThanOrEqual(25 * 1024);
});

test("a page without our look uses the chat by its interface", async ({ context }) => {
  const site = await newSite({ style: "live" });
  const widget = await newWidget(site);
  const ann = await Desk.open(await newAgent(site, "Ann"));
  const page = await context.newPage();
  await page.goto(`${rig.phones}/shop/own.html?live=${widget.key}`);
  await page.getByLabel("Your message").fill("zqtext without a look");
  await page.getByRole("button", { name: "Send" }).click();
  const conv = await ann.accept();
  await ann.says(conv, "zqtext hello, whoever you are");
  await expect(page.getByText("Ann: zqtext hello, whoever you are")).toBeVisible();
  await expect(page.locator(".switchboard-chat")).toHaveCount(0);
  await accessible(page);
  await page.getByRole("button", { name: "End", exact: true }).click();
  await expect(page.getByText("The chat has ended.")).toBeVisible();
  ann.close();
});
