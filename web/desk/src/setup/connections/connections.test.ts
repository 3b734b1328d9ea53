import { expect, test } from "vitest";

import { askedFor, changesOf, exportAddress, matches, nothingWanted, objectOf, type Entry } from "./audit";
import { restorable } from "./restore";
import { conditionOf, outcome, type WebhookHealth } from "./webhooks";

const entry = (more: Partial<Entry>): Entry => ({
  id: 1,
  at: "2026-11-30T12:00:30Z",
  agent_id: "a1",
  agent_name: "Mia",
  token_id: null,
  token_name: "",
  action: "update",
  object_type: "queue",
  object_id: "q1",
  changes: {},
  ...more,
});

test("changes as people read them: names for ids, only what differs, no secrets", () => {
  const changes = {
    queue_id: { from: "q1", to: "q2" },
    settings: { from: { a: 1, b: true }, to: { a: 1, b: false, c: "x" } },
    secret: { changed: true },
    enabled: { to: true },
  };
  expect(changesOf({ changes }, { q1: "Sales", q2: "Support" })).toEqual([
    { field: "Enabled", before: undefined, after: "On" },
    { field: "Queue id", before: "Sales", after: "Support" },
    { field: "Secret", secret: true },
    { field: "Settings, b", before: "On", after: "Off" },
    { field: "Settings, c", before: undefined, after: "x" },
  ]);
  expect(objectOf(entry({ changes: { name: { from: "Old", to: "New" } } }), {})).toBe("New");
  expect(objectOf(entry({}), { q1: "Sales" })).toBe("Sales");
});

test("the log is narrowed by who, action and time", () => {
  const wanted = (more: Partial<typeof nothingWanted>) => matches(entry({}), { ...nothingWanted, ...more });
  expect(wanted({ who: "a1", action: "update", type: "queue", object: "q1" })).toBe(true);
  expect(wanted({ who: "token" })).toBe(false);
  expect(wanted({ action: "delete" })).toBe(false);
  expect(wanted({ from: "2026-11-30T12:00Z", until: "2026-11-30T12:00Z" })).toBe(true); // a whole minute
  expect(wanted({ until: "2026-11-30T11:59Z" })).toBe(false);
  expect(matches(entry({ action: "set_skills" }), { ...nothingWanted, action: "update" })).toBe(true);
  expect(matches(entry({ agent_id: null }), { ...nothingWanted, who: "system" })).toBe(true);
});

test("what the API can look for, it is asked for", () => {
  expect(askedFor(nothingWanted)).toEqual({});
  expect(
    askedFor({ type: "widget", object: "w1", who: "a1", action: "delete", from: "2026-11-30T12:00Z", until: "2026-11-30T12:30Z" }),
  ).toEqual({
    object_type: "widget",
    object_id: "w1",
    agent_id: "a1",
    action: "delete",
    from: "2026-11-30T12:00:00.000Z",
    before: "2026-11-30T12:31:00.000Z",
  });
  expect(askedFor({ ...nothingWanted, who: "token", action: "update" })).toEqual({});
  expect(exportAddress({ ...nothingWanted, who: "token" })).toBeUndefined(); // the file would have more than the page
  expect(exportAddress({ ...nothingWanted, type: "queue", action: "delete" })).toBe("/v1/audit/export?object_type=queue&action=delete");
});

test("only what the log keeps whole is restored", () => {
  const changes = { name: { from: "Old", to: "New" }, members: { from: 1, to: 2 }, secret: { changed: true } };
  expect(restorable(entry({ changes }))).toEqual({ values: { name: "Old" }, left: ["members", "secret"] });
  expect(restorable(entry({ changes, action: "create" }))).toBeNull();
  expect(restorable(entry({ changes, object_type: "consent" }))).toBeNull();
  expect(restorable(entry({ changes: { secret: { changed: true } } }))).toBeNull();
});

test("how a webhook does, in a word", () => {
  const well: WebhookHealth = {
    pending: 0,
    pending_from: null,
    attempts: 0,
    failed: 0,
    last_status: null,
    last_error: null,
    delivered_at: "2026-11-30T12:00:00Z",
    failed_at: null,
  };
  const on = { enabled: true, disabled_reason: null };
  expect(conditionOf(on, well)).toBe("working");
  expect(conditionOf(on, { ...well, delivered_at: null })).toBe("unused");
  expect(conditionOf(on, { ...well, pending: 1 })).toBe("working"); // on its way
  expect(conditionOf(on, { ...well, pending: 1, attempts: 2, last_error: "timeout" })).toBe("failing");
  expect(conditionOf(on, { ...well, failed: 2, failed_at: "2026-11-30T11:00:00Z" })).toBe("late");
  expect(conditionOf(on, { ...well, failed: 2, failed_at: "2026-11-30T13:00:00Z" })).toBe("failing");
  expect(conditionOf({ enabled: false, disabled_reason: "gone" }, well)).toBe("gone");
  expect(outcome(502, "http_status")).toBe("HTTP 502");
  expect(outcome(null, "timeout")).toBe("No answer in time");
});
