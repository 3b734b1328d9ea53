import { expect, test } from "vitest";
import type { Message } from "../types.ts";
import { buttons, merge, unread, visible } from "./messages.ts";

const message = (seq: number, more: Partial<Message> = {}): Message => ({
  id: `m${String(seq)}`,
  seq,
  conversation_id: "c1",
  from: "agent",
  agent: { name: "Ann" },
  type: "text",
  text: "",
  data: null,
  attachments: [],
  client_id: null,
  at: "2026-01-01T00:00:00Z",
  redacted: false,
  ...more,
});

test("messages are one of each id, the newest version, in the server's order", () => {
  const list = merge([message(1), message(3)], [message(2), message(3, { redacted: true }), message(1)]);
  expect(list.map((m) => [m.seq, m.redacted])).toEqual([
    [1, false],
    [2, false],
    [3, true],
  ]);
});

test("a live chat shows the conversation at hand, a persistent one all", () => {
  const list = [message(1), message(2, { type: "started", conversation_id: "c2" }), message(3, { conversation_id: "c2" })];
  expect(visible(list, "live", "c2").map((m) => m.seq)).toEqual([3]);
  expect(visible(list, "persistent", "c2").map((m) => m.seq)).toEqual([1, 3]);
});

test("what agents said after what was read is unread", () => {
  expect(unread([message(1), message(2), message(3, { from: "visitor" }), message(4, { from: "system" })], 1)).toBe(1);
});

test("only the last thing said offers its buttons", () => {
  const offer = message(1, { data: { buttons: [{ title: "Yes", value: "yes" }] } });
  expect(buttons([offer])).toHaveLength(1);
  expect(buttons([offer, message(2, { from: "visitor" })])).toEqual([]);
  expect(buttons([{ ...offer, redacted: true }])).toEqual([]);
});
