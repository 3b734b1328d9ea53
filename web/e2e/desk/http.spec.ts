import { Phone } from "../support/phone.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk, talking } from "./page.ts";

const name = "desk.field.test"; // of a local network: 127.0.0.1 counts as secure

test.use({
  launchOptions: {
    executablePath: process.env.SWITCHBOARD_CHROMIUM ?? "/usr/bin/chromium",
    args: ["--no-sandbox", `--host-resolver-rules=MAP ${name} 127.0.0.1`],
  },
});

test("F14: the desk works over plain http, without what browsers keep for https", async ({ page }) => {
  const site = await newSite();
  const base = new URL(rig.base);
  base.hostname = name;
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"), base.origin);
  await expect.poll(() => page.evaluate(() => [isSecureContext, "locks" in navigator])).toEqual([false, false]);
  const phone = await Phone.line(site, "zqtext Lan");
  await talking(desk, phone, "zqtext hello");
  await desk.write("zqtext one");
  await desk.write("zqtext two");
  await expect.poll(async () => (await phone.thread()).map((l) => l.text)).toEqual(["zqtext hello", "zqtext one", "zqtext two"]);
});
