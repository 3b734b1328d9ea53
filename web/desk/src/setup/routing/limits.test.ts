import { expect, test } from "vitest";

import { timeoutBody, timeoutFields, timeoutSentence, timeoutValues, type TimeoutRule } from "../work/timeouts";
import { assignmentSentence, problems } from "./assignment";
import { actionsOf, overflowSentence, ruleOf, unitOf } from "./overflow";
import { textOf } from "./sentence";

const queue = (id: string) => (id === "s" ? "Spare" : id);

test("overflow rules are sentences, and keep only what they take", () => {
  const say = (r: Parameters<typeof overflowSentence>[0]) => textOf(overflowSentence(r, queue));
  expect(say({ when: "size", limit: 50, action: "transfer", to: "s" })).toBe("If 50 or more wait in it, send it to Spare.");
  expect(say({ when: "out_of_hours", limit: 0, action: "callback", after: 3600 })).toBe(
    "If it is closed, tell the customer and try again after 1 h.",
  );
  expect(say({ when: "waited", limit: 600, action: "end" })).toBe("If it has waited there for 10 m, tell the customer why, and end it.");
  expect(ruleOf({ when: "out_of_hours", limit: 50, action: "callback", after: 60, to: "s" })).toEqual({
    when: "out_of_hours",
    limit: 0,
    action: "callback",
    after: 60,
  });
  expect(ruleOf({ when: "size", limit: 0, action: "wait" })).toEqual({ when: "size", limit: 1, action: "transfer", to: "" });
  expect(actionsOf("waited").map((a) => a.value)).toEqual(["transfer", "callback", "end"]);
  expect([unitOf("size"), unitOf("waited"), unitOf("out_of_hours")]).toEqual(["conversations", "minutes", null]);
});

test("who is asked is a sentence, and rules relax in order", () => {
  expect(textOf(assignmentSentence({ after: 0, skills: "exact", method: "round_robin" }))).toBe(
    "At once, ask whose turn it is, of those who have every skill as well as asked for.",
  );
  expect(textOf(assignmentSentence({ after: 300, skills: "none", method: "most_idle" }))).toBe(
    "After 5 m of waiting, ask whose capacity is used least, of everybody.",
  );
  expect(Object.keys(problems([{ after: 60 }, { after: 30 }, { after: 30 }]))).toEqual(["0", "1"]);
});

test("timeout rules are sentences; their texts go as a whole", () => {
  const rule: TimeoutRule = {
    id: "1",
    workstream_id: "w",
    name: "Remind",
    silent: "customer",
    after: 600,
    action: "message_customer",
    priority: 100,
    enabled: true,
    texts: { en: "Still there?", ja: "いますか" },
    created_at: "",
    updated_at: "",
  };
  expect(timeoutSentence(rule)).toBe("After 10 m without an answer from the customer, write to the customer.");
  const values = timeoutValues(rule);
  expect(values).toMatchObject({ minutes: 10, "texts.en": "Still there?", "texts.ja": "いますか", "texts.nl": "" });
  expect(timeoutFields(rule.texts).filter((f) => f.name.startsWith("texts.")).length).toBe(6);
  expect(timeoutBody({ minutes: 15 }, { ...values, minutes: 15 })).toEqual({ after: 900 });
  const reworded = { ...values, "texts.en": "Hello?", "texts.ja": "" };
  expect(timeoutBody({ "texts.en": "Hello?", "texts.ja": "" }, reworded)).toEqual({ texts: { en: "Hello?" } });
  expect(timeoutBody({ action: "close" }, { ...values, action: "close" })).toEqual({ action: "close" });
});
