import type { Page } from "@playwright/test";
import { Phone } from "../support/phone.ts";
import { newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look, tab } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

interface Rules {
  version: number;
  rules: { route: { rules: { name: string; when: string; queues: { queue: string; percent: number }[] }[] } };
}

/** place is a site with a second queue and a skill, whose routing rules are opened. */
async function place(page: Page) {
  const site = await newSite();
  const api = await admin();
  const n = own();
  const { workstream, queue } = site;
  const { id: benelux } = await api.do<{ id: string }>("POST", "/v1/queues", { name: `Benelux ${n}` });
  await api.do("POST", "/v1/skills", { name: `dutch ${n}` });
  const rules = () => api.do<Rules>("GET", `/v1/workstreams/${workstream}/routing-rules`);
  const open = () => page.goto(`${rig.base}/desk/setup/workstreams/${workstream}/routing`);
  return { site, api, n, workstream, queue, benelux, rules, open };
}

test("routing rules are written as sentences, ordered by keyboard and saved", async ({ page }) => {
  await openSetup(page, "Workstreams");
  const { site, n, rules } = await place(page);
  await page.reload();
  await page.getByRole("link", { name: `Workstream ${String(site.n)}`, exact: true }).click();
  await page.getByRole("link", { name: /^Routing rules/ }).click();
  await expect(page.getByRole("heading", { level: 1, name: "Routing rules" })).toBeVisible();
  await look(page, "setup-routing-empty");

  await page.getByRole("button", { name: "Add a ruleset" }).click();
  await page.getByRole("dialog").getByRole("textbox", { name: "Name" }).fill("Language");
  await page.keyboard.press("Enter");
  await page.getByRole("button", { name: "Add a rule to Language" }).click();
  const form = page.getByRole("form", { name: "Rule" });
  await form.getByLabel("Name").fill("Dutch");
  await form.getByRole("button", { name: "Add a condition" }).click();
  await form.getByLabel("Condition 1: how").selectOption("starts with");
  await form.getByRole("button", { name: "Add to the draft" }).click();
  await expect(form.getByRole("alert")).toContainText("Give every condition a value");
  await form.getByLabel("Condition 1: value").fill("nl");
  await form.getByRole("button", { name: "Add an output" }).click();
  await form.getByLabel("Output 1", { exact: true }).selectOption({ label: `Skill dutch ${n}` });
  await look(page, "setup-routing-rule");
  await form.getByRole("button", { name: "Add to the draft" }).click();
  await expect(page.getByRole("list", { name: "Rules of Language" })).toContainText(
    `If language starts with Dutch (nl), ask for the skill dutch ${n} at 5.`,
  );

  for (const [name, value, queue] of [
    ["Night", "channel.country", `Queue ${String(site.n)}`],
    ["Benelux", "channel.country", `Benelux ${n}`],
  ] as const) {
    await page.getByRole("button", { name: "Add a rule for queues" }).click();
    await form.getByLabel("Name").fill(name);
    await form.getByRole("button", { name: "Add a condition" }).click();
    await form.getByLabel("Condition 1: what").selectOption(value);
    await form.getByLabel("Condition 1: how").selectOption("is one of");
    await form.getByLabel("Condition 1: value").fill("BE\nNL");
    await form.getByLabel("Queue 1", { exact: true }).selectOption({ label: queue });
    await form.getByRole("button", { name: "Add to the draft" }).click();
  }
  const route = page.getByRole("list", { name: "Rules that choose the queue" });
  await expect(route.getByRole("listitem")).toHaveText([/Night/, /If country is BE or NL, send to Benelux/]);

  // By keyboard: the handle goes with its rule.
  await tab(page, route.getByRole("button", { name: /^Move Benelux/ }));
  await page.keyboard.press("ArrowUp");
  await expect(route.getByRole("listitem")).toHaveText([/Benelux/, /Night/]);
  await expect(route.getByRole("button", { name: /^Move Benelux/ })).toBeFocused();
  await expect(page.getByText("Benelux: place 1 of 2")).toBeAttached();
  // By dragging it back.
  const grip = route.getByRole("button", { name: /^Move Benelux/ });
  const below = route.getByRole("listitem").nth(1);
  const height = await below.evaluate((item) => item.clientHeight);
  await grip.dragTo(below, { targetPosition: { x: 200, y: height - 4 } });
  await expect(route.getByRole("listitem")).toHaveText([/Night/, /Benelux/]);
  await route.getByRole("button", { name: "More for Benelux" }).click();
  await page.getByRole("menuitem", { name: "Move to the top" }).click();
  await expect(route.getByRole("listitem")).toHaveText([/Benelux/, /Night/]);

  const bar = page.getByRole("region", { name: "Changes that are not saved" });
  await bar.getByRole("button", { name: "Show the changes" }).click();
  await expect(page.getByRole("dialog")).toContainText("Added: Benelux");
  await page.keyboard.press("Escape");
  await look(page, "setup-routing-draft");
  // Who looks at another page finds the draft again.
  await page.getByRole("link", { name: `Workstream ${String(site.n)}` }).click();
  await expect(page.getByRole("form", { name: "Workstream" })).toBeVisible();
  expect((await rules()).version).toBe(0);
  await page.getByRole("link", { name: /^Routing rules/ }).click();
  await bar.getByRole("button", { name: "Save rules" }).click();
  await expect(page.getByText("Saved. Conversations that begin from now on are routed by these rules.")).toBeVisible();
  const saved = await rules();
  expect(saved.version).toBe(1);
  expect(saved.rules.route.rules.map((r) => r.when)).toEqual(Array(2).fill('channel.country in ["BE", "NL"]'));
});

test("mistakes stand at their rules, and two people lose nothing", async ({ page }) => {
  await openSetup(page, "Workstreams");
  const { api, n, workstream, queue, benelux, rules, open } = await place(page);
  const to = (id: string) => [{ queue: id, percent: 100 }];
  const base = [
    { name: "Known", when: "contact.known", queues: to(queue) },
    { name: "Evening", when: "time.hour >= 18", queues: to(queue) },
  ];
  const put = (version: number, list: unknown[]) =>
    api.do("PUT", `/v1/workstreams/${workstream}/routing-rules`, { version, rules: { route: { rules: list } } });
  await put(0, base);
  await open();
  const route = page.getByRole("list", { name: "Rules that choose the queue" });
  await expect(route).toContainText("If customer is known, send to");
  await expect(route).toContainText("If hour is at least 18");

  const form = page.getByRole("form", { name: "Rule" });
  await route.getByRole("button", { name: "Edit Known" }).click();
  await form.getByRole("button", { name: "Edit as an expression" }).click();
  await form.getByLabel("If this expression is true").fill("contact.nam == 'x'");
  await form.getByRole("button", { name: "Change the draft" }).click();
  const save = page.getByRole("button", { name: "Save rules" });
  await save.click();
  await expect(page.getByRole("alert").filter({ hasText: "could not be saved" })).toBeVisible();
  await expect(route.getByRole("listitem").filter({ hasText: "Known" })).toContainText("nam");
  await look(page, "setup-routing-mistake");
  await route.getByRole("button", { name: "Edit Known" }).click();
  await expect(form.getByLabel("If this expression is true")).toHaveAccessibleDescription(/nam/);
  await form.getByLabel("If this expression is true").fill('contact.language == "nl" and not contact.known');
  await form.getByRole("button", { name: "Edit as conditions" }).click();
  await form.getByRole("button", { name: "Change the draft" }).click();
  await expect(route).toContainText("If language is Dutch (nl) and customer is not known");

  // Somebody else saves meanwhile: the same rule, another one, and a new one.
  await put(1, [
    { ...base[0], when: "contact.known and time.hour < 12" },
    { ...base[1], queues: to(benelux) },
    { name: "Theirs", when: "", queues: to(benelux) },
  ]);
  await save.click();
  const notice = page.getByRole("alert").filter({ hasText: "Somebody changed these rules meanwhile" });
  await expect(notice).toContainText("Also changed by them: Evening, Theirs.");
  await expect(notice).toContainText("Theirs: If customer is known and hour is less than 12");
  await look(page, "setup-routing-conflict");
  await notice.getByRole("button", { name: "Use theirs for Known" }).click();
  await route.getByRole("button", { name: "More for Known" }).click();
  await page.getByRole("menuitem", { name: "Duplicate" }).click();
  await save.click();
  await expect(page.getByText("Saved. Conversations that begin from now on are routed by these rules.")).toBeVisible();
  const kept = (await rules()).rules.route.rules;
  expect(kept.map((r) => r.name)).toEqual(["Known", "Known 2", "Evening", "Theirs"]);
  expect(kept[0]?.when).toBe("contact.known and time.hour < 12");
  expect(kept[2]?.queues).toEqual(to(benelux));
  await expect(route).toContainText(`send to Benelux ${n}`);
});

test("a draft is tried with a made-up conversation and with real ones", async ({ page }) => {
  await openSetup(page, "Workstreams");
  const { site, api, n, benelux, queue, workstream, open } = await place(page);
  await api.do("PUT", `/v1/workstreams/${workstream}/routing-rules`, {
    version: 0,
    rules: { route: { rules: [{ name: "Everything", when: "", queues: [{ queue, percent: 100 }] }] } },
  });
  for (const text of ["zqtext hello", "zqtext refund please"]) await (await Phone.line(site, "Ada")).says(text);
  const began = async () =>
    (await api.do<{ checked: number }>("POST", `/v1/workstreams/${workstream}/routing-rules/compare`, { rules: {} })).checked;
  await expect.poll(began).toBe(2);
  await open();
  const route = page.getByRole("list", { name: "Rules that choose the queue" });
  await page.getByRole("button", { name: "Add a rule for queues" }).click();
  const form = page.getByRole("form", { name: "Rule" });
  await form.getByLabel("Name").fill("Refunds");
  await form.getByRole("button", { name: "Add a condition" }).click();
  await form.getByLabel("Condition 1: what").selectOption("message.text");
  await form.getByLabel("Condition 1: how").selectOption("contains");
  await form.getByLabel("Condition 1: value").fill("refund");
  await form.getByLabel("Queue 1", { exact: true }).selectOption(benelux);
  await form.getByRole("button", { name: "Add to the draft" }).click();
  await tab(page, route.getByRole("button", { name: /^Move Refunds/ }));
  await page.keyboard.press("ArrowUp");

  const tryIt = page.getByRole("region", { name: "Try it" });
  const made = tryIt.getByRole("form", { name: "Made-up conversation" });
  await tab(page, made.getByLabel("Message", { exact: true }));
  await page.keyboard.type("a refund");
  await page.keyboard.press("Enter");
  await expect(tryIt.getByRole("status")).toContainText(`Goes to: Benelux ${n}`);
  await expect(tryIt.getByRole("status")).toContainText("Refunds");
  await expect(tryIt.getByRole("status")).toContainText(`Queue ${String(site.n)}`); // with the saved rules
  await look(page, "setup-routing-made-up");
  await tryIt.getByRole("tab", { name: "Real conversations" }).click();
  await tryIt.getByLabel("Conversations of").selectOption("The last 24 hours");
  await tryIt.getByRole("button", { name: "Compare" }).click();
  await expect(tryIt.getByRole("status")).toContainText("1 of 2 conversations would go elsewhere.");
  const row = tryIt.getByRole("table", { name: "Conversations that differ" }).getByRole("row").nth(1);
  await expect(row).toContainText("Rule Everything");
  await expect(row).toContainText(`Benelux ${n}`);
  await expect(tryIt).not.toContainText("zqtext");
  await look(page, "setup-routing-real");
});
