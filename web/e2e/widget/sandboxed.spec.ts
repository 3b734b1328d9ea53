import { Desk } from "../support/desk.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { newWidget } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";

// Pages of our own making are of no network; Chromium would keep them from a server of this machine.
test.use({
  launchOptions: {
    executablePath: process.env.SWITCHBOARD_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"],
  },
});

for (const style of ["live", "persistent"])
  test(`a ${style} chat in a sandboxed frame, which may store nothing`, async ({ page }) => {
    const site = await newSite({ style });
    const widget = await newWidget(site, { origins: ["*"], anonymous_threads: true }); // such a frame has the origin null
    const errors: string[] = [];
    page.on("pageerror", (e) => errors.push(e.message));
    const serve = (path: string, body: string) =>
      page.route(`${rig.phones}/shop/${path}`, (route) =>
        route.fulfill({ contentType: "text/html", body: `<!doctype html><title>x</title>${body}` }),
      );
    await serve(
      "outer.html",
      `<iframe title="shop" sandbox="allow-scripts allow-forms" src="inner.html" width="900" height="800"></iframe>`,
    );
    await serve("inner.html", `<body><script src="${rig.base}/widget/loader.js" data-widget="${widget.key}" async></script></body>`);
    await page.goto(`${rig.phones}/shop/outer.html`);
    const frame = page.frameLocator("iframe");
    const panel = frame.getByRole("dialog");
    const input = panel.locator("textarea[part~=text]");
    const log = panel.getByRole("log");
    const launcher = frame.locator(".switchboard-chat [part=launcher]");
    await expect.poll(() => frame.locator("html").evaluate(() => window.origin)).toBe("null");
    await launcher.click();

    await input.fill("zqtext From a box");
    await input.press("Enter");
    await expect(log.locator("[part=mark]")).toHaveText("Sent");
    const ann = await Desk.open(await newAgent(site, "Ann"));
    const conv = await ann.accept();
    await ann.says(conv, "zqtext I hear you");
    await expect(log.getByText("zqtext I hear you")).toBeVisible();
    await panel.locator("input[type=file]").setInputFiles({
      name: "zqtext.txt",
      mimeType: "text/plain",
      buffer: Buffer.from("zqtext in a file"),
    });
    await input.fill("zqtext And a file");
    await input.press("Enter");
    await expect.poll(async () => (await ann.thread(conv)).flatMap((m) => m.attachments?.map((f) => f.name) ?? [])).toEqual(["zqtext.txt"]);
    await expect(log.locator("[part=mark]")).toHaveText("Sent");

    // Closed and opened again it goes on, for as long as the page lives.
    await panel.getByRole("button", { name: "Close chat" }).click();
    await expect(panel).toBeHidden();
    await launcher.click();
    await expect(log.locator("[part~=bubble]", { hasText: /From a box|I hear you|And a file/ })).toHaveCount(3);
    await expect(panel.getByRole("alert")).toHaveCount(0);
    expect(errors).toEqual([]);
    ann.close();
  });
