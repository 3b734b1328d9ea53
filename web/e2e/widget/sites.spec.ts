import { newSite, rig } from "../support/rig.ts";
import { newWidget, Visitor } from "../support/shop.ts";
import { expect, test } from "../support/test.ts";

// Pages of our own making are of no network; Chromium would keep them from a server of this machine.
test.use({
  launchOptions: {
    executablePath: process.env.SWITCHBOARD_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", "--disable-features=LocalNetworkAccessChecks"],
  },
});

test("F11, F12, F22: a site that replaces its pages, forbids markup and has the script twice", async ({ context }) => {
  const widget = await newWidget(await newSite({ style: "live" }));
  const page = await context.newPage();
  const script = `<script src="${rig.base}/widget/loader.js" data-widget="${widget.key}" nonce="n" async></script>`;
  await page.route(`${rig.phones}/shop/locked.html`, (route) =>
    route.fulfill({
      contentType: "text/html",
      headers: { "Content-Security-Policy": "require-trusted-types-for 'script'; script-src 'nonce-n' 'strict-dynamic'" },
      body: `<!doctype html><html dir="rtl"><head><title>x</title>${script}${script}</head><body><p>one</p></body></html>`,
    }),
  );
  await page.goto(`${rig.phones}/shop/locked.html`);
  const launcher = page.locator(".switchboard-chat [part=launcher]");
  await expect(launcher).toHaveCount(1);
  await expect(launcher.locator("path")).toBeVisible();
  const replace = () => {
    const body = document.createElement("body");
    body.append("two");
    document.body.replaceWith(body);
  };
  await page.evaluate(replace);
  await launcher.click();
  const input = page.getByRole("dialog").locator("textarea[part~=text]");
  await expect(input).toBeVisible();
  await input.fill("half");
  await page.evaluate(replace);
  await expect(input).toHaveValue("half"); // open, with what was written
  await expect(input).toHaveCSS("font-size", "16px"); // F24
  await expect(input).toHaveCSS("direction", "ltr");
  await expect(async () => {
    const box = await page.getByRole("dialog").boundingBox();
    expect(box && box.x >= 0 && box.x + box.width <= 1440).toBe(true);
  }).toPass();
});

test("F21: the script as a module, with its key in its address", async ({ context }) => {
  const widget = await newWidget(await newSite({ style: "live" }));
  const page = await context.newPage();
  await page.route(`${rig.phones}/shop/module.html`, (route) =>
    route.fulfill({
      contentType: "text/html",
      body: `<!doctype html><title>x</title><body><script type="module" src="${rig.base}/widget/loader.js?widget=${widget.key}"></script></body>`,
    }),
  );
  await page.goto(`${rig.phones}/shop/module.html`);
  const visitor = new Visitor(page);
  await visitor.opens();
  await visitor.says("zqtext by a module");
  await expect(visitor.mark).toHaveText("Sent");
});
