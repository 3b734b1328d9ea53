import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";

import { Problem } from "../api/client";
import { trafficOf } from "./channels/accounts";
import { conditionOf, usesOf, webhookText, type AccountHealth } from "./channels/health";
import { accountFields, checkAddress, guideOf } from "./channels/providers";
import { contrast } from "./chat/contrast";
import { cleaned, languagesOf, moved, newQuestion, problemOf, type Question } from "./chat/survey";
import { changesOf, checkAll, merge, nested, serverErrors, valuesOf, type Field } from "./form/fields";
import { beyondForm, calendarOf, checkDay, checkHoliday, daysOf } from "./hours/calendar";
import type { Hours, Provider } from "./lists";
import { missing, stepsOf, type Known } from "./start/steps";
import { pages } from "./pages";
import { sections } from "./sections";
import { inBulk } from "./team/bulk";

const fields: Field[] = [
  { name: "name", label: "Name", kind: "text", required: true },
  { name: "settings.id", label: "ID", kind: "text", check: (v) => (v === "1" ? undefined : "It is 1.") },
  { name: "limit", label: "Limit", kind: "number", when: (all) => all["name"] === "a" },
];

test("what differs is sent, nested as the API takes it", () => {
  const stored = valuesOf(fields, { name: "a", settings: { id: "1" } });
  expect(stored).toEqual({ name: "a", "settings.id": "1", limit: null });
  expect(changesOf(fields, stored, { ...stored, "settings.id": "2" })).toEqual({ "settings.id": "2" });
  expect(changesOf(fields, stored, { name: "b", "settings.id": "1", limit: 5 })).toEqual({ name: "b" }); // its limit is not shown
  expect(nested({ name: "b", "settings.id": "2" })).toEqual({ name: "b", settings: { id: "2" } });
});

test("fields are checked before anything is sent", () => {
  expect(checkAll(fields, { name: " ", "settings.id": "2", limit: null })).toEqual({
    name: "Name is required.",
    "settings.id": "It is 1.",
  });
  expect(checkAll(fields, { name: "a", "settings.id": "", limit: null })).toEqual({});
});

test("the server's errors go to their fields", () => {
  const problem = new Problem(422, {
    type: "",
    title: "",
    status: 422,
    code: "invalid",
    errors: [
      { field: "settings.id", reason: "must be given" },
      { field: "other", reason: "is wrong" },
    ],
  });
  expect(serverErrors(problem, fields)).toEqual({ "settings.id": "Must be given." });
});

test("of two people's changes nothing is lost", () => {
  const before = { name: "a", "settings.id": "1", limit: 1 };
  const merged = merge(fields, before, { ...before, name: "mine" }, { name: "theirs", "settings.id": "2", limit: 1 });
  expect(merged.now).toEqual({ name: "mine", "settings.id": "2", limit: 1 });
  expect(merged.differences).toMatchObject([{ mine: "mine", theirs: "theirs" }]);
  expect(merged.taken.map((f) => f.name)).toEqual(["settings.id"]);
  const same = merge(fields, before, { ...before, name: "b" }, { ...before, name: "b" });
  expect(same).toEqual({ now: { ...before, name: "b" }, differences: [], taken: [] });
});

test.each([
  ["sms", "+49 151 12345678", true],
  ["sms", "12345", true],
  ["sms", "MG" + "0".repeat(32), true],
  ["sms", "0555 1234", false],
  ["whatsapp", "+14155550100", true],
  ["whatsapp", "12345", false],
  ["whatsapp", "+0123456789", false],
])("%s %s", (channel, address, good) => {
  expect(checkAddress(channel, address) === undefined).toBe(good);
});

test("credentials have the form that the provider gives them", () => {
  const check = (type: string, name: string, value: string) => guideOf(type).checks[name]?.(value);
  expect(check("twilio", "settings.account_sid", "AC" + "0a".repeat(16))).toBeUndefined();
  expect(check("twilio", "settings.account_sid", "AC123")).toMatch(/32/);
  expect(check("messenger", "settings.page_id", "104512345678901")).toBeUndefined();
  expect(check("instagram", "settings.ig_id", "@kettle")).toMatch(/number/);
  expect(check("instagram", "settings.page_id", "")).toBeUndefined();
  expect(check("wechat", "settings.app_id", "gh_0123456789ab")).toMatch(/wx/);
  expect(check("wechat", "settings.app_id", "wx1a2b3c4d5e6f7081")).toBeUndefined();
  expect(check("wechat", "secrets.encoding_aes_key", "short")).toMatch(/43/);
  expect(check("messenger", "settings.graph_version", "25")).toMatch(/v25\.0/);
  expect(check("whatsapp_cloud", "settings.phone_number_id", "+31 6 1234")).toMatch(/not the phone number/);
  expect(check("line", "settings.channel_id", "1650000001")).toBeUndefined();
  expect(check("line", "settings.channel_id", "U1")).toMatch(/10 digits/);
});

test("a provider's secrets are write-only: they are required once", () => {
  const provider: Provider = { type: "line", channels: {}, fields: [{ name: "token", label: "Token", secret: true, required: true }] };
  expect(accountFields(provider, true)).toMatchObject([{ name: "secrets.token", kind: "secret", required: true }]);
  expect(accountFields(provider, false)).toMatchObject([{ name: "secrets.token", kind: "secret", required: false }]);
});

test("the latest message counts, and what is open", () => {
  const of = (id: string, state: string, at: string | null) =>
    ({ account: { id }, address: { id: `of ${id}` }, state, last_inbound_at: at }) as unknown as Parameters<typeof trafficOf>[0][number];
  const traffic = trafficOf([of("a", "open", "2026-01-01"), of("a", "closed", "2026-01-02"), of("b", "active", null)]);
  expect(traffic.last).toEqual({ a: "2026-01-02", "of a": "2026-01-02" });
  expect(traffic.open).toEqual({ a: 1, "of a": 1, b: 1, "of b": 1 });
});

test("each of many has an outcome of its own", async () => {
  const items = Array.from({ length: 20 }, (_, i) => ({ id: String(i), name: `n${i}` }));
  let running = 0;
  let most = 0;
  const outcomes = await inBulk(items, async ({ id }) => {
    most = Math.max(most, ++running);
    await Promise.resolve();
    running--;
    if (id === "3") throw new Problem(409, { type: "", title: "", status: 409, code: "conflict", detail: "It is the last one." });
  });
  expect(outcomes.map((o) => o.name)).toEqual(items.map((i) => i.name));
  expect(outcomes.filter((o) => o.error)).toEqual([{ id: "3", name: "n3", error: "It is the last one." }]);
  expect(most).toBeLessThanOrEqual(6);
});

test("contrast as WCAG measures it", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#777777", "#ffffff")).toBeCloseTo(4.48, 2);
  expect(contrast("#777", "#ffffff")).toBeNull();
});

test("the first steps know what is missing", () => {
  const empty: Known = {
    accounts: [],
    widgets: [],
    queues: [],
    workstreams: [],
    hours: [],
    greets: false,
    received: false,
    addresses: 0,
  };
  expect(missing(stepsOf(empty)).map((s) => s.id)).toEqual(["team", "workstream", "account", "message"]);
  const live = {
    ...empty,
    queues: [{ members: 1 }] as Known["queues"],
    workstreams: [{}] as Known["workstreams"],
    accounts: [{ provider: "twilio" }] as Known["accounts"],
    received: true,
  };
  expect(missing(stepsOf(live))).toEqual([]);
  expect(stepsOf(live).find((s) => s.id === "address")?.done).toBe(false);
});

test("weekly hours and holidays, and nothing lost of a calendar that has more", () => {
  const yearly = { date: "2026-12-25", reason: "Christmas", yearly: true };
  const single = { weekdays: ["sat"], start: "10:00", end: "14:00", from: "2026-12-01", until: "2026-12-24" };
  const calendar = {
    events: [{ weekdays: ["mon", "tue"], start: "08:00", end: "12:00" }, { weekdays: ["mon"], all_day: true }, single],
    exceptions: [],
    holidays: [yearly, { date: "2027-02-24", reason: "Independence Day" }],
  } as Hours["calendar"];
  const typed = daysOf(calendar);
  expect(typed).toMatchObject({ mon: "08:00-12:00, all day", tue: "08:00-12:00", sat: "", holidays: ["2027-02-24 Independence Day"] });
  expect(beyondForm(calendar)).toBe(true);
  const after = calendarOf({ ...typed, wed: "13:00 – 17:00" }, calendar);
  expect(after.events).toEqual([
    { weekdays: ["mon", "tue"], start: "08:00", end: "12:00" },
    { weekdays: ["mon"], all_day: true },
    { weekdays: ["wed"], start: "13:00", end: "17:00" },
    single,
  ]);
  expect(after.holidays).toEqual([{ date: "2027-02-24", reason: "Independence Day" }, yearly]);
  expect(checkDay("8 to 5")).toMatch(/08:00-17:00/);
  expect(checkDay("08:00-12:00, 13:00-17:00")).toBeUndefined();
  expect(checkHoliday("25 December")).toMatch(/is not a holiday/);
});

const health: AccountHealth = {
  account_id: "a",
  last_inbound_at: null,
  last_outbound_at: null,
  outbound: 0,
  failed: 0,
  last_error: null,
  failed_at: null,
  paused_code: null,
  paused_at: null,
  addresses: 0,
  open_conversations: 0,
  outbound_configurations: 0,
  campaigns: 0,
};

test.each<[string, Partial<AccountHealth>, string]>([
  ["nothing yet", {}, "ready"],
  ["a message came", { last_inbound_at: "2026-11-30T08:00:00Z" }, "working"],
  ["one of three failed", { outbound: 3, failed: 1 }, "uncertain"],
  ["most failed", { outbound: 4, failed: 3 }, "failing"],
  ["paused comes first", { outbound: 4, failed: 3, paused_code: "http_401" }, "paused"],
])("how an account does: %s", (_, more, want) => {
  expect(conditionOf({ ...health, ...more })).toBe(want);
});

test("what uses an account is said before it is deleted", () => {
  expect(usesOf(health)).toEqual([]);
  expect(usesOf({ ...health, open_conversations: 2, campaigns: 1, addresses: 1 })).toEqual([
    "2 open conversations use it. They stay readable, but answers are refused.",
    "1 campaign sends through it. What is left of them is not sent.",
    "1 address goes with it.",
  ]);
});

test("where the provider sends what comes in", () => {
  const w = { sender: "", url: "https://a.example", active: true, matches: true };
  expect(webhookText("LINE", w)).toBe("LINE calls this installation.");
  expect(webhookText("LINE", { ...w, active: false })).toMatch(/does not use it/);
  expect(webhookText("LINE", { ...w, url: "", matches: false })).toMatch(/no webhook address yet/);
  expect(webhookText("Twilio", { ...w, sender: "+15005550001", matches: false })).toMatch(/^\+15005550001 at Twilio calls another address/);
});

const asked = (more: Partial<Question> = {}): Question => ({ ...newQuestion([]), label: { en: "Order?" }, ...more });

test("a survey is sent without what is empty, and says what is wrong before", () => {
  const survey = { questions: [asked({ label: { en: "Order?", et: " " } })], texts: { en: { title: "Hi" }, et: { title: "" } } };
  expect(cleaned(survey)).toMatchObject({ questions: [{ label: { en: "Order?" } }], texts: { en: { title: "Hi" } } });
  expect(Object.keys(cleaned(survey).texts)).toEqual(["en"]);
  expect(languagesOf(survey, "fi")).toEqual(["fi", "en", "et"]);
  expect(cleaned({ questions: [asked({ type: "consent", check: "email" })], texts: {} }).questions[0]).toMatchObject({
    required: true,
    check: "",
  });
  expect(problemOf(asked(), [asked()])).toBeUndefined();
  expect(problemOf(asked(), [asked(), asked()])).toMatch(/Another question/);
  expect(problemOf(asked({ label: {} }), [])).toMatch(/Write the question/);
  expect(problemOf(asked({ type: "options", options: [" "] }), [])).toMatch(/one a line/);
  expect(problemOf(asked({ name: "2nd" }), [])).toMatch(/begins with a letter/);
});

test("questions move by one place", () => {
  const [a, b] = [asked({ name: "a" }), asked({ name: "b" })];
  expect(moved([a, b], 0, 1).map((q) => q.name)).toEqual(["b", "a"]);
  expect(moved([a, b], 1, -1).map((q) => q.name)).toEqual(["b", "a"]);
});

test("every page and every entry of the navigation has a route", () => {
  const routes = readFileSync(path.join(import.meta.dirname, "../routes.tsx"), "utf8");
  const known = [...routes.matchAll(/path: "(\/channels\/new)"|setupPage\("([^"]+)"\)/g)].map((m) => `/setup${m[1] ?? m[2] ?? ""}`);
  expect(known.toSorted()).toEqual(Object.keys(pages).toSorted());
  for (const { pages: entries } of sections) for (const { to } of entries) expect([...known, "/setup"]).toContain(to);
});
