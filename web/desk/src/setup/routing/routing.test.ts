import { expect, test } from "vitest";

import { attributesOf, type Kind } from "./attributes";
import { fits, read, write } from "./conditions";
import { changesBetween, mergeDrafts, takeTheirs } from "./merge";
import { draftOf, freeName, modelOf, moved, type Draft, type Rule } from "./model";
import { sentenceOf, textOf } from "./sentence";

const attributes = attributesOf({
  variables: [
    { name: "tier", type: "text" },
    { name: "order number", type: "number" },
  ],
  skills: [{ name: "dutch" }],
  profiles: [],
  accounts: [],
});
const kindOf = (path: string): Kind => attributes.find((a) => a.path === path)?.kind ?? "text";
const names = { attributes, queue: (id: string) => ({ b: "Benelux", n: "Night" })[id] ?? id };

test.each([
  'contact.language == "nl"',
  'contact.language == "nl" and channel.country in ["BE", "NL"]',
  'contact.language startsWith "nl" or message.text contains "say \\"hi\\""',
  "contact.known and time.hour >= 8 and time.hour < 18",
  'not contact.known or not (message.text contains "spam")',
  'context.tier != "" and context["order number"] > 1000',
  'context.tier == "" and channel.kind not in ["sms"]',
  'skills["dutch"] >= 5',
])("the editor shows and writes %s", (source) => {
  const condition = read(source);
  expect(condition).not.toBeNull();
  if (!condition) return;
  expect(fits(condition, attributes)).toBe(true);
  expect(write(condition, kindOf)).toBe(source);
});

test.each([
  'contact.language == "nl" and (contact.known or time.hour > 8)',
  "contact.known and time.hour > 8 or contact.known",
  'lower(message.text) contains "x"',
  'message.text matches "^a"',
  "priority - 50 > 10",
  'contact.language == "nl',
  "10 > time.hour",
])("%s stays an expression", (source) => expect(read(source)).toBeNull());

test("other ways to write the same are read", () => {
  expect(read("contact.language == 'it\\'s' && context[\"tier\"] == 'a'")).toEqual({
    join: "and",
    tests: [
      { path: "contact.language", operator: "is", values: ["it's"] },
      { path: "context.tier", operator: "is", values: ["a"] },
    ],
  });
  const unknown = read('contact.nam == "x"');
  expect(unknown && fits(unknown, attributes)).toBe(false);
});

const rule = (name: string, when: string, queue = "b"): Rule => ({ name, when, set: {}, queues: [{ queue, percent: 100 }] });

test("rules are sentences", () => {
  const say = (r: Rule, route = true) => textOf(sentenceOf(r, route, names));
  expect(say(rule("A", 'contact.language == "nl" and channel.country in ["BE", "NL"]'))).toBe(
    "If language is Dutch (nl) and country is BE or NL, send to Benelux.",
  );
  expect(
    say({
      ...rule("B", ""),
      queues: [
        { queue: "b", percent: 70 },
        { queue: "n", percent: 30 },
      ],
    }),
  ).toBe("Always send 70 % to Benelux and 30 % to Night.");
  const sets = { priority: 50, "skill.dutch": 5, "context.tier": "gold", capacity_profile: { expr: "channel.kind" } };
  expect(say({ ...rule("C", "time.hour < 8"), set: sets }, false)).toBe(
    "If hour is less than 8, set the priority to 50, ask for the skill dutch at 5, set tier to gold and use the capacity profile channel.kind.",
  );
  expect(say(rule("D", "priority - 5 > 1"))).toBe("If priority - 5 > 1, send to Benelux.");
});

test("a draft is the API's model again", () => {
  const model = {
    zone: "Asia/Tokyo",
    classification: [{ name: "L", rules: [{ name: "D", when: "", set: { priority: 5 } }] }],
    route: { rules: [{ name: "A", when: "", queues: [{ queue: "b", percent: 100 }] }], fallback: "n" },
  };
  expect(modelOf(draftOf(model))).toEqual(model);
  expect(draftOf({})).toEqual({ zone: "", sets: [], route: [], fallback: "" });
  expect(moved(["a", "b", "c"], 0, 2)).toEqual(["b", "c", "a"]);
  expect(freeName("A", ["A", "A 2"])).toBe("A 3");
});

const draft = (...route: Rule[]): Draft => ({ zone: "", sets: [], route, fallback: "" });

test("of two people's rules nothing is lost", () => {
  const before = draft(rule("A", ""), rule("B", ""), rule("C", ""));
  const mine = draft(rule("A", "contact.known"), rule("C", ""), rule("B", ""), rule("Mine", ""));
  const theirs = draft(rule("A", "not contact.known"), rule("B", "time.hour > 1"), rule("Theirs", ""), rule("C", ""));
  const merged = mergeDrafts(before, mine, theirs);
  expect(merged.draft.route.map((r) => r.name)).toEqual(["A", "C", "B", "Theirs", "Mine"]);
  expect(merged.draft.route[2]?.when).toBe("time.hour > 1");
  expect(merged.clashes).toMatchObject([{ name: "A", mine: { when: "contact.known" }, theirs: { when: "not contact.known" } }]);
  expect(merged.taken).toEqual(["B", "Theirs"]);
  const clash = merged.clashes[0];
  if (clash) expect(takeTheirs(merged.draft, clash).route[0]?.when).toBe("not contact.known");
  expect(mergeDrafts(before, { ...before, zone: "UTC" }, { ...before, fallback: "n" }).draft).toMatchObject({ zone: "UTC", fallback: "n" });
});

test("the difference is told rule by rule", () => {
  const before = draft(rule("A", ""), rule("B", ""), rule("C", ""));
  const after = { ...draft(rule("B", ""), rule("A", "contact.known"), rule("D", "")), fallback: "n" };
  expect(changesBetween(before, after).map((c) => `${c.what} ${c.name}`)).toEqual([
    "Deleted C",
    "Changed A",
    "Added D",
    "Moved B",
    "Changed Where everything else goes",
  ]);
  expect(changesBetween(before, before)).toEqual([]);
});
