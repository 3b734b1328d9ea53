import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

declare global {
  interface Window {
    asked: [worker: string, title: string, body: string][];
  }
}

test("notifications where only a service worker may show them, as on Android", async ({ page }) => {
  // A browser without a screen shows none, so that what the worker is asked for is noted instead.
  await page.addInitScript(() => {
    const refuse = function () {
      throw new TypeError("Failed to construct 'Notification': Illegal constructor.");
    };
    window.Notification = Object.assign(refuse, {
      permission: "granted",
      requestPermission: () => Promise.resolve("granted"),
    }) as unknown as typeof Notification;
    window.asked = [];
    ServiceWorkerRegistration.prototype.showNotification = function (title, options) {
      window.asked.push([new URL(this.active?.scriptURL ?? "").pathname, title, options?.body ?? ""]);
      return Promise.resolve();
    };
  });
  const errors: string[] = [];
  page.on("pageerror", (e) => errors.push(e.message));
  const site = await newSite();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  await page.getByRole("button", { name: "settings and sign out" }).click();
  await page.getByText("Desktop notifications").click();
  await page.keyboard.press("Escape");

  // As while another app is in front.
  await page.evaluate(() => {
    Object.defineProperty(document, "visibilityState", { value: "hidden", configurable: true });
    document.dispatchEvent(new Event("visibilitychange"));
  });
  await (await Phone.line(site, "zqtext Kim")).says("zqtext hello");
  await expect(desk.offers.getByText("zqtext hello")).toBeVisible();
  const asked = () => page.evaluate(() => window.asked);
  await expect.poll(asked).toEqual([["/desk/notify.js", "New conversation offered", "zqtext Kim"]]);
  await desk.accept();
  expect(errors).toEqual([]);
});
