import { Phone } from "../support/phone.ts";
import { newAgent, newSite, restart } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk, once, talking } from "./page.ts";

test("a restart of the server goes by", async ({ page }) => {
  const site = await newSite();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  const phone = await Phone.line(site, "zqtext Restart");
  await talking(desk, phone, "zqtext hello");
  const back = restart();
  await desk.write("zqtext sent while it restarts");
  await back;
  await expect(desk.bubble("zqtext sent while it restarts").locator('.mark[data-status="sent"]')).toBeAttached();
  await phone.says("zqtext and after it");
  await once(desk, ["zqtext hello", "zqtext sent while it restarts", "zqtext and after it"]);
});
