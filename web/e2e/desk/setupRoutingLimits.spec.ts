import { Phone } from "../support/phone.ts";
import { newAgent, newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look, tab } from "./campaigns.ts";
import { Desk } from "./page.ts";
import { openSetup, own } from "./setup.ts";

test("what a queue does when it overflows, as sentences", async ({ page }) => {
  const site = await newSite();
  const api = await admin();
  const { id: spare } = await api.do<{ id: string }>("POST", "/v1/queues", { name: `Spare ${own()}` });
  await openSetup(page, "Queues");
  await page.goto(`${rig.base}/desk/setup/queues/${site.queue}`);
  const section = page.getByRole("region", { name: "Overflow" });
  await expect(section).toContainText("messages wait for the opening and live chats end");
  await tab(page, section.getByRole("button", { name: "Add an overflow rule" }));
  await page.keyboard.press("Enter");
  const rule = section.getByRole("group", { name: "Overflow rule 1" });
  await rule.getByLabel("Conversations").fill("20");
  await rule.getByLabel("Then").selectOption("transfer");
  await rule.getByLabel("Queue", { exact: true }).selectOption(spare);
  await expect(rule).toContainText("If 20 or more wait in it, send it to Spare");
  await section.getByRole("button", { name: "Add an overflow rule" }).click();
  await section.getByRole("group", { name: "Overflow rule 2" }).getByLabel("If").selectOption("out_of_hours");
  await section.getByRole("group", { name: "Overflow rule 2" }).getByLabel("Then").selectOption("wait");
  await section.getByRole("button", { name: "Save overflow rules" }).click();
  await expect(section.getByText("Saved. It takes effect at once.")).toBeVisible();
  const kept = () => api.do<{ rules: unknown[] }>("GET", `/v1/queues/${site.queue}/overflow`);
  expect((await kept()).rules).toMatchObject([
    { when: "size", limit: 20, action: "transfer", to: spare },
    { when: "out_of_hours", action: "wait" },
  ]);
  await look(page, "setup-queue-overflow");
  // Somebody else saves meanwhile: what one wrote stays, theirs is shown.
  await rule.getByLabel("Conversations").fill("30");
  await api.do("PUT", `/v1/queues/${site.queue}/overflow`, { rules: [{ when: "waited", limit: 600, action: "end" }] });
  await section.getByRole("button", { name: "Save overflow rules" }).click();
  await expect(section.getByRole("alert")).toContainText("If it has waited there for 10 m, tell the customer why, and end it.");
  await expect(rule.getByLabel("Conversations")).toHaveValue("30");
  await section.getByRole("button", { name: "Save overflow rules" }).click();
  await expect.poll(async () => (await kept()).rules.length).toBe(2);
});

test("who of a queue is asked first, explained", async ({ page }) => {
  const site = await newSite();
  const api = await admin();
  await openSetup(page, "Queues");
  await page.goto(`${rig.base}/desk/setup/queues/${site.queue}`);
  const section = page.getByRole("region", { name: "Who is asked" });
  await expect(section).toContainText("At once, ask whoever has the most room, of those who have every skill as well as asked for.");
  await section.getByLabel("Method").selectOption("round_robin");
  await expect(section).toContainText("One after the other, however much they have.");
  await tab(page, section.getByRole("button", { name: "Add a rule for who is asked" }));
  await page.keyboard.press("Enter");
  const second = section.getByRole("group", { name: "Who is asked, rule 2" });
  await expect(second).toContainText("After 5 m of waiting, ask whose turn it is, of everybody.");
  await second.getByLabel("Skills").selectOption("closest");
  await section.getByRole("button", { name: "Save who is asked" }).click();
  await expect(section.getByText("Saved. It takes effect at the next offer.")).toBeVisible();
  const { assignment_rules } = await api.do<{ assignment_rules: unknown[] }>("GET", `/v1/queues/${site.queue}`);
  expect(assignment_rules).toEqual([
    { after: 0, skills: "exact", method: "round_robin" },
    { after: 300, skills: "closest", method: "round_robin" },
  ]);
  await look(page, "setup-queue-asked");
});

test("timeout rules, and that they are obeyed", async ({ page, browser }) => {
  const site = await newSite();
  await openSetup(page, "Workstreams");
  await page.getByRole("link", { name: `Workstream ${String(site.n)}`, exact: true }).click();
  await page.getByRole("link", { name: /^Timeout rules/ }).click();
  await expect(page.getByText("No timeout rules yet")).toBeVisible();
  await look(page, "setup-timeouts-empty");
  await page.getByRole("button", { name: "Add a timeout rule" }).first().click();
  const form = page.getByRole("form", { name: "Add a timeout rule" });
  await form.getByRole("textbox", { name: "Name" }).fill("Nobody answers");
  await form.getByRole("button", { name: "Add rule" }).click();
  await expect(page.getByRole("alert")).toContainText("Could not save"); // it says nothing yet
  await form.getByLabel("Text in English").fill("zqtext Are you still there?");
  await look(page, "setup-timeout");
  await form.getByLabel("When").selectOption("agent");
  await form.getByLabel("For (minutes)").fill("0.02");
  await form.getByLabel("Text in English").fill("zqtext We will be with you soon.");
  await form.getByRole("button", { name: "Add rule" }).click();
  const table = page.getByRole("table", { name: "Timeout rules" });
  await expect(table).toContainText("After 1 s without an answer from the agent, write to the customer.");
  await look(page, "setup-timeouts");
  const agent = await newAgent(site, "Kim");
  const other = await browser.newContext();
  const desk = await Desk.signIn(await other.newPage(), agent);
  const phone = await Phone.line(site, "Ada");
  await phone.says("zqtext anybody?");
  await desk.accept();
  await expect.poll(async () => (await phone.thread()).map((l) => l.text)).toContain("zqtext We will be with you soon.");
  await other.close();
  await page.getByRole("button", { name: "Edit Nobody answers" }).click();
  const edit = page.getByRole("form", { name: "Edit timeout rule" });
  await edit.getByLabel("For (minutes)").fill("10");
  await edit.getByLabel("Enabled").uncheck();
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(table).toContainText("After 10 m without an answer from the agent");
  await expect(table).toContainText("Off");
});

test("capacity profiles are made, given to many and taken away", async ({ page }) => {
  const site = await newSite();
  const n = own();
  const people = [await newAgent(site, `Ida ${n}`), await newAgent(site, `Jon ${n}`)];
  await openSetup(page, "Capacity profiles");
  await page.getByRole("button", { name: "Add a capacity profile" }).first().click();
  const form = page.getByRole("form", { name: "Add a capacity profile" });
  await form.getByRole("textbox", { name: "Name" }).fill(`Complaints ${n}`);
  await form.getByLabel("Limit").fill("10");
  await form.getByLabel("A conversation counts").selectOption("end_of_day");
  await form.getByLabel("Time zone of the day").selectOption("Europe/Brussels");
  await look(page, "setup-capacity-add");
  await form.getByRole("button", { name: "Add profile" }).click();
  const row = page.getByRole("row").filter({ hasText: `Complaints ${n}` });
  await expect(row).toContainText("At most 10 a day (Europe/Brussels)");
  await row.getByRole("button", { name: `Edit Complaints ${n}` }).click();
  const edit = page.getByRole("form", { name: "Capacity profile" });
  await edit.getByLabel("Limit").fill("12");
  await edit.getByRole("button", { name: "Save" }).click();
  await expect(edit.getByText("Saved. It takes effect at once.")).toBeVisible();
  await page.keyboard.press("Escape");
  await expect(row).toContainText("At most 12 a day");
  await look(page, "setup-capacity");

  await page.getByRole("navigation", { name: "Setup" }).getByRole("link", { name: "People" }).click();
  await page.getByRole("textbox", { name: "Search people" }).fill(n);
  for (const { name } of people) await page.getByRole("checkbox", { name: `Select ${name}` }).check();
  const bulk = page.getByRole("region", { name: "Change the selected people" });
  await bulk.getByLabel("Profile").selectOption({ label: `Complaints ${n}` });
  await bulk.getByRole("button", { name: "Give profile" }).click();
  await expect(bulk.getByText("2 changed")).toBeVisible();
  await look(page, "setup-people-profiles");
  await page.goto(`${rig.base}/desk/setup/people/${people[0]?.id ?? ""}`);
  const section = page.getByRole("region", { name: "Capacity profiles" });
  await expect(section.getByRole("checkbox", { name: `Complaints ${n}` })).toBeChecked();
  await section.getByLabel(`Own limit of Complaints ${n}`).fill("4");
  await section.getByRole("button", { name: "Save capacity profiles" }).click();
  await expect(section.getByText("Saved. It takes effect at once.")).toBeVisible();
  const api = await admin();
  const held = await api.do<{ capacity_profiles: unknown[] }>("GET", `/v1/agents/${people[0]?.id ?? ""}/capacity-profiles`);
  expect(held.capacity_profiles).toMatchObject([{ name: `Complaints ${n}`, custom_limit: 4, limit: 4 }]);
});

test("presences are added and deleted, and say who uses them", async ({ page }) => {
  const site = await newSite();
  const n = own();
  const agent = await newAgent(site, `Lea ${n}`);
  await openSetup(page, "Presences");
  await look(page, "setup-presences-list");
  await page.getByRole("button", { name: "Add a presence" }).first().click();
  const form = page.getByRole("form", { name: "Add a presence" });
  await form.getByRole("textbox", { name: "Name" }).fill(`Lunch ${n}`);
  await form.getByLabel("What colleagues see").fill("Back at one");
  await form.getByRole("button", { name: "Add presence" }).click();
  const row = page.getByRole("row").filter({ hasText: `Lunch ${n}` });
  await expect(row).toContainText("Away");
  const api = await admin();
  const presences = await api.all<{ id: string; name: string }>("/v1/presences");
  const lunch = presences.find((p) => p.name === `Lunch ${n}`)?.id;
  await api.do("PATCH", `/v1/agents/${agent.id}`, { default_presence_id: lunch });
  await page.reload();
  await row.getByRole("button", { name: "Delete…" }).click();
  await expect(page.getByRole("dialog")).toContainText(`The day begins with it for Lea ${n}.`);
  await look(page, "setup-presence-delete");
  await page.getByRole("button", { name: "Delete presence" }).click();
  await expect(page.getByRole("dialog").getByRole("alert")).toBeVisible(); // it stays while somebody begins with it
  await api.do("PATCH", `/v1/agents/${agent.id}`, { default_presence_id: null });
  await page.getByRole("button", { name: "Delete presence" }).click();
  await expect(row).toHaveCount(0);
});
