import { describe, expect, it } from "vitest";

import { Problem } from "../api/client";
import { hasField } from "./fields";
import { changesOf, valuesOf, exampleOf, emptyValues, inputOf, fieldErrors, parseObject, InvalidJson, type FormValues } from "./formValues";
import { delayText, expressionError, scheduleText } from "./labels";
import type { Trigger } from "./useTriggers";

const trigger = (change: Partial<Trigger> = {}): Trigger => ({
  id: "t",
  name: "Case created",
  kind: "event",
  configuration_id: "c",
  enabled: true,
  event: "case.created",
  rule: {
    when: "",
    each: "",
    to: "data.customer.phone",
    optin: "data.customer.agreed",
    locale: "",
    entityrelationshipname: "",
    contextitems: { CaseName: "data.title" },
  },
  delay: 0,
  cron: "",
  at: "",
  time_zone: "UTC",
  data: null,
  version: 1,
  created_at: "2026-01-01T10:00:00Z",
  updated_at: "2026-01-01T10:00:00Z",
  ...change,
});

const scheduled = (change: Partial<Trigger> = {}) =>
  trigger({ kind: "schedule", event: "", cron: "0 9 * * 1", time_zone: "Europe/Tallinn", data: { a: 1 }, ...change });

describe("what is asked of the API", () => {
  const entry = (change: Partial<FormValues>): FormValues => ({
    ...emptyValues(),
    name: "N",
    configuration_id: "c",
    to: "data.phone",
    ...change,
  });

  it("has of an event no time, and of a schedule no event", () => {
    const event = inputOf(entry({ event: "case.created", delay: "60", cron: "* * * * *", data: "{" }));
    expect([event.event, event.delay, event.cron, event.time_zone, event.data]).toEqual([
      "case.created",
      60,
      undefined,
      undefined,
      undefined,
    ]);
    const weekly = inputOf(
      entry({ kind: "schedule", event: "x", cron: "0 9 * * 1", at: "2027-01-01T09:00", time_zone: "UTC", data: '{"a":1}' }),
    );
    expect([weekly.event, weekly.delay, weekly.cron, weekly.at, weekly.data]).toEqual([
      undefined,
      undefined,
      "0 9 * * 1",
      undefined,
      { a: 1 },
    ]);
    const single = inputOf(entry({ kind: "schedule", once: true, cron: "0 9 * * 1", at: "2027-01-01T09:00" }));
    expect([single.cron, single.at, single.data]).toEqual([undefined, "2027-01-01T09:00", {}]);
  });

  it("leaves out placeholders without an expression", () => {
    expect(inputOf(entry({ values: { Name: "data.name", CaseName: " " } })).rule?.contextitems).toEqual({ Name: "data.name" });
  });

  it("of a change is only what is different", () => {
    const t = trigger();
    expect(changesOf(t, valuesOf(t))).toEqual({});
    expect(changesOf(t, { ...valuesOf(t), name: "Other", enabled: false })).toEqual({ name: "Other", enabled: false });
    expect(changesOf(t, { ...valuesOf(t), when: "data.vip" }).rule).toEqual({ ...t.rule, when: "data.vip" });
  });

  it("does not tell again a time that has passed", () => {
    const t = scheduled({ cron: "at=2026-01-01T09:00", at: "2026-01-01T09:00" });
    expect(changesOf(t, { ...valuesOf(t), name: "Other" })).toEqual({ name: "Other" });
    expect(changesOf(t, { ...valuesOf(t), once: false, cron: "0 9 * * *" })).toEqual({ cron: "0 9 * * *" });
  });

  it("takes equal data as equal, however it is written", () => {
    const t = scheduled({ data: { b: 2, a: { d: 1, c: [1, 2] } } });
    expect(changesOf(t, { ...valuesOf(t), data: '{"a":{"c":[1,2],"d":1},"b":2}' })).toEqual({});
    expect(changesOf(t, { ...valuesOf(t), data: '{"a":{"c":[2,1],"d":1},"b":2}' })).toHaveProperty("data");
    expect(changesOf(t, { ...valuesOf(t), data: "" })).toEqual({ data: {} });
  });
});

describe("JSON that somebody types", () => {
  it("is an object, nothing, or told to be wrong", () => {
    expect(parseObject(' {"a": [1]} ')).toEqual({ a: [1] });
    expect(parseObject("  ")).toBeUndefined();
    for (const text of ["{", "[1]", "null", '"a"', "7"]) expect(() => parseObject(text)).toThrow(InvalidJson);
  });
});

describe("what the API says is wrong", () => {
  it("stands at the field that it names", () => {
    const problem = new Problem(422, {
      type: "",
      title: "",
      status: 422,
      code: "invalid",
      detail: "Some fields are not acceptable.",
      errors: [
        { field: "rule.to", reason: "must be given" },
        { field: "rule.contextitems.CaseName", reason: "does not compile: unexpected token" },
      ],
    } as Problem["document"]);
    expect(fieldErrors(problem)).toEqual({
      "rule.to": "Must be given",
      "rule.contextitems.CaseName": "Does not compile: unexpected token",
    });
    expect(fieldErrors(new Problem(0))).toEqual({});
    expect(fieldErrors(new InvalidJson("Invalid JSON"))).toEqual({ data: "Invalid JSON" });
  });

  it("has a place in the form as it is filled", () => {
    const event = { ...emptyValues(), values: { CaseName: "" } };
    expect(["name", "event", "delay", "rule.to", "rule.contextitems.CaseName"].filter((f) => !hasField(f, event))).toEqual([]);
    expect(["cron", "at", "time_zone", "data", "rule.contextitems", "rule.contextitems.Other"].filter((f) => hasField(f, event))).toEqual(
      [],
    );
    const single = { ...emptyValues(), kind: "schedule" as const, once: true };
    expect(["at", "cron", "event"].filter((f) => hasField(f, single))).toEqual(["at"]);
  });
});

describe("an example to try a trigger with", () => {
  it("has what the expressions ask for", () => {
    expect(exampleOf(trigger().rule)).toEqual({ customer: { phone: "", agreed: true }, title: "" });
    expect(exampleOf({ to: '"+1425" + data.a.b', when: "data?.a?.c == 1 and data.a != nil" })).toEqual({ a: { b: "", c: "" } });
    expect(exampleOf({})).toEqual({});
  });

  it("has one of a list", () => {
    expect(exampleOf({ each: "data.orders", to: "item.phone", optin: "item.agreed", when: "len(data.orders) > 0" })).toEqual({
      orders: [{ phone: "", agreed: true }],
    });
  });
});

describe("when a trigger sends", () => {
  it("is told in words", () => {
    expect(scheduleText(trigger())).toBe("case.created");
    expect(scheduleText(trigger({ delay: 5400 }))).toBe("case.created, 1 h 30 m later");
    expect(scheduleText(scheduled())).toBe("0 9 * * 1 (Europe/Tallinn)");
    expect(scheduleText(scheduled({ at: "2026-12-01T09:00" }))).toBe("Once, 2026-12-01 09:00 (Europe/Tallinn)");
    expect(["0", "30", "3700", "", "-1", "x"].map(delayText)).toEqual([
      "Immediately",
      "30 s later",
      "About 1 h 1 m later",
      "Immediately",
      "After the event",
      "After the event",
    ]);
  });
});

describe("an expression that does not work", () => {
  it("is named as its field is", () => {
    expect(expressionError("to cannot be evaluated with this event")).toBe("“Recipient” cannot be evaluated with this event.");
    expect(expressionError("contextitems.CaseName cannot be evaluated")).toBe("“{CaseName}” cannot be evaluated.");
    expect(expressionError("something else")).toBe("something else");
  });
});
