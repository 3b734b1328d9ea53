import { Client } from "../support/client.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";

test("the desk is served under its policy", async ({ page }) => {
  const resp = await page.goto(`${rig.base}/`);
  await expect(page).toHaveURL(`${rig.base}/desk/`);
  expect(resp?.headers()["content-security-policy"]).toContain("frame-ancestors 'none'");
});

test("a customer's phone and an agent's client reach each other", async () => {
  const site = await newSite();
  const agent = await Client.signIn(await newAgent(site, "Ann"));
  const leave = await agent.listen();
  const phone = await Phone.line(site, "zqtext Kim");
  await phone.says("zqtext Where is my parcel?");
  await expect.poll(async () => (await agent.do<{ items: unknown[] }>("GET", "/v1/conversations?view=open")).items.length).toBe(1);
  leave();
});
