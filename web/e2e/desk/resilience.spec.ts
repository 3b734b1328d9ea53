import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { another, browserOf, Desk, once, talking } from "./page.ts";

test("two tabs stay in step, on one connection, also when the first is closed", async ({ page, context }) => {
  const streams: string[] = [];
  context.on("request", (r) => {
    if (r.url().includes("/v1/events")) streams.push(r.url());
  });
  const site = await newSite();
  const first = await Desk.signIn(page, await newAgent(site, "Mia"));
  const second = await another(context);
  await expect(second.page.getByRole("region", { name: "Inbox" })).toBeVisible();
  const phone = await Phone.line(site, "zqtext Tab");
  await phone.says("zqtext hello tabs");
  await expect(first.offers.getByText("zqtext hello tabs")).toBeVisible();
  await expect(second.offers.getByText("zqtext hello tabs")).toBeVisible();
  await first.accept();
  await expect(second.offers.getByRole("button")).toHaveCount(0);
  await second.row("zqtext Tab").click();
  await first.composer.fill("zqtext half a thou");
  await expect(second.composer).toHaveValue("zqtext half a thou");
  await first.write("zqtext answer from one");
  await expect(second.bubble("zqtext answer from one")).toHaveCount(1);
  await expect(second.composer).toHaveValue("");
  expect(streams).toHaveLength(1);

  await page.close();
  await phone.says("zqtext still there?");
  await expect(second.bubble("zqtext still there?")).toHaveCount(1);
  await once(second, ["zqtext hello tabs", "zqtext answer from one", "zqtext still there?"]);
});

test("a reload in the middle of sending loses and doubles nothing", async ({ page }) => {
  const site = await newSite();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  const phone = await Phone.line(site, "zqtext Reload");
  await talking(desk, phone, "zqtext hello");
  // One request reaches the server and its answer is lost; the other never leaves.
  let lost = 0;
  await page.route("**/messages", async (route) => {
    if (route.request().method() !== "POST") return route.continue();
    if (lost++ === 0) await route.fetch();
    return route.abort();
  });
  await desk.write("zqtext one");
  await desk.write("zqtext two");
  await expect.poll(() => lost).toBeGreaterThan(0);
  await desk.composer.fill("zqtext half a thought");
  await page.unrouteAll({ behavior: "ignoreErrors" });
  await page.reload();
  await once(desk, ["zqtext hello", "zqtext one", "zqtext two"]);
  await expect(desk.composer).toHaveValue("zqtext half a thought");
  await expect(page.locator("[data-pending]")).toHaveCount(0);
  await expect
    .poll(async () => (await phone.view()).thread.map((l) => l.text).filter((t) => /one|two/.test(t)))
    .toEqual(["zqtext one", "zqtext two"]);
});

test("a draft is there in another browser", async ({ page, browser }) => {
  const site = await newSite();
  const mia = await newAgent(site, "Mia");
  const desk = await Desk.signIn(page, mia);
  const phone = await Phone.line(site, "zqtext Draft");
  await talking(desk, phone, "zqtext hello");
  const kept = page.waitForResponse((r) => r.url().endsWith("/draft") && r.request().method() === "PUT" && r.ok());
  await desk.composer.fill("zqtext to be continued");
  await kept;
  const elsewhere = await browserOf(browser, mia);
  await elsewhere.row("zqtext Draft").click();
  await expect(elsewhere.composer).toHaveValue("zqtext to be continued");
  await elsewhere.page.context().close();
});

test("offers fold away where another agent was faster", async ({ page, browser }) => {
  const site = await newSite();
  const mia = await newAgent(site, "Mia");
  const desk = await Desk.signIn(page, mia);
  const elsewhere = await browserOf(browser, mia, { viewport: { width: 390, height: 844 } });
  const phone = await Phone.line(site, "zqtext Fold");
  await phone.says("zqtext who takes me?");
  await expect(desk.offers.getByText("zqtext who takes me?")).toBeVisible();
  await elsewhere.accept();
  await expect(desk.offers.getByRole("button")).toHaveCount(0);
  await expect(desk.tab("Mine")).toContainText("1");
  await elsewhere.page.context().close();
});
