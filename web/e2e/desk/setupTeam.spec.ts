import { newAgent, newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look, tab } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

test("a person is added, put in a queue, and signs in", async ({ page, browser }) => {
  const site = await newSite();
  const n = own();
  await openSetup(page, "People");
  await page.getByRole("link", { name: "Add a person" }).click();
  const form = page.getByRole("form", { name: "Add a person" });
  await form.getByLabel("Name").fill(`Nora ${n}`);
  await form.getByLabel("E-mail address").fill("nora");
  await form.getByRole("button", { name: "Add person" }).click();
  await expect(form.getByLabel("E-mail address")).toBeFocused();
  await look(page, "setup-person-refused");
  await form.getByLabel("E-mail address").fill(`nora-${n}@example.com`);
  await form.getByRole("button", { name: "Add person" }).click();
  const link = (await page.locator(".copyable code").textContent()) ?? "";
  await page.getByRole("link", { name: "Choose queues and skills" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Nora ${n}` })).toBeVisible();
  const queue = page.getByRole("region", { name: "Queues" }).getByRole("checkbox", { name: `Queue ${String(site.n)}`, exact: true });
  await queue.check();
  await expect(page.getByRole("region", { name: "Queues" }).getByText("Saved.")).toBeVisible();
  const settings = page.getByRole("form", { name: "Person" });
  await settings.getByLabel("Capacity").fill("5");
  await settings.getByRole("button", { name: "Save" }).click();
  await expect(settings.getByText("Saved. It takes effect at once.")).toBeVisible();
  await look(page, "setup-person");
  const other = await browser.newContext();
  const theirs = await other.newPage();
  await theirs.goto(link);
  await theirs.getByRole("textbox", { name: "New password" }).fill("a long first password");
  await theirs.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(theirs.getByRole("region", { name: "Inbox" })).toBeVisible();
  await other.close();
});

test("many people at once, with an outcome for each", async ({ page }) => {
  const site = await newSite();
  const n = own();
  const names = [`Ada ${n}`, `Bo ${n}`];
  for (const name of names) await newAgent(site, name);
  await openSetup(page, "People");
  for (const name of names) await page.getByRole("checkbox", { name: `Select ${name}` }).check();
  const bulk = page.getByRole("region", { name: "Change the selected people" });
  await expect(bulk).toContainText("2 selected");
  await look(page, "setup-people-selected");
  await bulk.getByLabel("Capacity").fill("7");
  await bulk.getByRole("button", { name: "Set capacity" }).click();
  await expect(bulk.getByText("2 changed")).toBeVisible();
  for (const name of names) {
    await expect(page.getByRole("table", { name: "People" }).getByRole("row").filter({ hasText: name })).toContainText("0 of 7");
    await expect(bulk.getByRole("table", { name: "Outcome" }).getByRole("row").filter({ hasText: name })).toBeVisible();
  }
  await bulk.getByRole("button", { name: "Role or access" }).click();
  await page.getByRole("menuitem", { name: /^Disable/ }).click();
  for (const name of names)
    await expect(page.getByRole("table", { name: "People" }).getByRole("row").filter({ hasText: name })).toContainText("Disabled");
  await look(page, "setup-people-changed");
});

test("a queue, its members and the skills of one of them, by keyboard alone", async ({ page }) => {
  const site = await newSite();
  const n = own();
  const agent = await newAgent(site, `Kim ${n}`);
  await openSetup(page, "Queues");
  const press = async (role: "button" | "link", name: string | RegExp) => {
    await tab(page, page.getByRole(role, { name }).first());
    await page.keyboard.press("Enter");
  };
  await press("link", "Add a queue");
  await tab(page, page.getByRole("form", { name: "Add a queue" }).getByLabel("Name"));
  await page.keyboard.type(`Returns ${n}`);
  await page.keyboard.press("Enter");
  await expect(page.getByRole("heading", { level: 1, name: `Returns ${n}` })).toBeVisible();
  const members = page.getByRole("region", { name: "Members" });
  await expect(members.getByText("Nobody is in this queue")).toBeVisible();
  // Other tests add people: there is a search as soon as they are more than a few.
  await tab(page, members.getByRole("textbox", { name: "Search people" }).or(members.getByRole("checkbox").first()).first());
  await page.keyboard.type(n);
  await tab(page, members.getByRole("checkbox", { name: `Kim ${n}` }));
  await page.keyboard.press("Space");
  await press("button", "Save members");
  const api = await admin();
  const inside = async () => {
    const queues = await api.all<{ name: string; members: number }>("/v1/queues");
    return queues.find((q) => q.name === `Returns ${n}`)?.members;
  };
  await expect.poll(inside).toBe(1);
  await look(page, "setup-queue");

  await page.goto(`${rig.base}/desk/setup/skills`);
  await press("button", "Add a skill");
  await page.getByRole("dialog").getByLabel("Name").fill(`dutch ${n}`);
  await page.keyboard.press("Enter");
  const known = async () => (await api.all<{ name: string }>("/v1/skills")).map((s) => s.name); // the page renders only what is near the view
  await expect.poll(known).toContain(`dutch ${n}`);
  await expect(page.getByRole("dialog")).toBeHidden();
  await look(page, "setup-skills");
  await page.goto(`${rig.base}/desk/setup/people/${agent.id}`);
  const skills = page.getByRole("region", { name: "Skills" });
  await skills.getByLabel("Add a skill").selectOption({ label: `dutch ${n}` });
  await skills.getByLabel(`Rating of dutch ${n}, 0 to 100`).fill("80");
  await skills.getByRole("button", { name: "Save skills" }).click();
  await expect(page.getByText("Skills saved.")).toBeVisible();
  const kept = await api.do<{ skills: { name: string; rating: number }[] }>("GET", `/v1/agents/${agent.id}/skills`);
  expect(kept.skills).toMatchObject([{ name: `dutch ${n}`, rating: 80 }]);
});
