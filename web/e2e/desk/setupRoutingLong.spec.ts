import { newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { accessible, picture } from "../support/look.ts";
import { admin } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

test("a thousand rules and hundreds of skills scroll and are searched", async ({ page }) => {
  const site = await newSite();
  const api = await admin();
  const n = own();
  const queues = [{ queue: site.queue, percent: 100 }];
  const rules = Array.from({ length: 1000 }, (_, i) => ({
    name: `Rule ${String(i + 1)}`,
    when: `channel.city == "City ${String(i + 1)}"`,
    queues,
  }));
  await api.do("PUT", `/v1/workstreams/${site.workstream}/routing-rules`, { version: 0, rules: { route: { rules } } });
  await openSetup(page, "Workstreams");
  await page.goto(`${rig.base}/desk/setup/workstreams/${site.workstream}/routing`);
  const route = page.getByRole("list", { name: "Rules that choose the queue" });
  await expect(route.getByRole("listitem").first()).toContainText("If city is City 1, send to");
  await expect.poll(() => route.getByRole("listitem").count()).toBeLessThan(80);
  const content = page.locator(".page");
  await expect(async () => {
    await content.evaluate((p) => p.scrollTo(0, p.scrollHeight / 2));
    await expect(route.getByRole("listitem").filter({ hasText: "City 505" })).toBeInViewport({ timeout: 1000 });
  }).toPass();
  await picture(page, "setup-routing-long");
  await accessible(page);
  await expect(async () => {
    await content.evaluate((p) => p.scrollTo(0, p.scrollHeight));
    await expect(route.getByRole("listitem").filter({ hasText: "City 1000" })).toBeAttached({ timeout: 1000 });
  }).toPass();
  await expect.poll(() => route.getByRole("listitem").count()).toBeLessThan(80);
  await page.getByRole("textbox", { name: "Search rules that choose the queue" }).fill("city 777");
  await expect(route.getByRole("listitem")).toHaveCount(1);
  await expect(route.getByRole("listitem")).toHaveAttribute("aria-setsize", "1");

  for (let i = 0; i < 300; i += 20)
    await Promise.all(Array.from({ length: 20 }, (_, k) => api.do("POST", "/v1/skills", { name: `s${n} ${String(i + k)}`, kind: n })));
  await page.getByRole("navigation", { name: "Setup" }).getByRole("link", { name: "Skills" }).click();
  const table = page.getByRole("table", { name: "Skills" });
  await expect(table).toHaveAttribute("aria-rowcount", /^3\d\d$|^[4-9]\d\d$/);
  await expect.poll(() => table.getByRole("row").count()).toBeLessThan(80);
  await page.getByRole("textbox", { name: "Search skills" }).fill(n);
  await expect(async () => {
    await content.evaluate((p) => p.scrollTo(0, p.scrollHeight));
    await expect(table.getByRole("row").filter({ hasText: `s${n} 299` })).toBeAttached({ timeout: 1000 });
  }).toPass();
  await page.getByRole("textbox", { name: "Search skills" }).fill(`s${n} 123`);
  await expect(table.getByRole("row")).toHaveCount(2);
  const made = (await api.all<{ id: string; kind: string }>("/v1/skills")).filter((s) => s.kind === n);
  for (const { id } of made) await api.do("DELETE", `/v1/skills/${id}`); // other tests read the list
});
