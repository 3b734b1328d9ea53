import { render } from "preact";
import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { json } from "../core/json.ts";
import { WidgetStorage } from "../core/storage.ts";
import { loadTranslator } from "../text/translator.ts";
import type { Attachment, Message, Shared } from "../types.ts";
import { Composer } from "./composer.tsx";
import { Log } from "./log.tsx";
import type { Part } from "./part.ts";

const settings = {
  key: "K",
  style: "live",
  language: "en",
  texts: {},
  open: true,
  opens_at: null,
  agents_available: true,
  files: { allowed: true, max_bytes: 10, blocked: [] },
  limits: { max_text: 5, max_attachments: 3 },
};

const at = document.createElement("div");
beforeEach(() => void document.body.append(at));
afterEach(() => {
  render(null, at);
  sessionStorage.clear();
});

async function part(chat: Record<string, unknown> = {}): Promise<Part> {
  const whole = { settings, thread: null, messages: [], pending: [], buttons: [], typing: null, more: false, ended: false, ...chat };
  const t = await loadTranslator({ options: {}, settings: whole.settings } as unknown as Shared);
  return { chat: whole as unknown as Part["chat"], t };
}

async function write(text: string, keys: KeyboardEventInit[]) {
  const send = vi.fn(() => Promise.resolve());
  const p = await part({ send, sendTyping: () => undefined });
  await act(() => {
    render(<Composer {...p} />, at);
  });
  const area = at.querySelector("textarea");
  if (!area) throw new Error("there is no field");
  await act(() => {
    area.value = text;
    area.dispatchEvent(new Event("input", { bubbles: true }));
  });
  for (const key of keys)
    await act(() => void area.dispatchEvent(new KeyboardEvent("keydown", { bubbles: true, cancelable: true, ...key })));
  return { send, area };
}

describe("F07: Enter", () => {
  test.each([
    ["of an input method, in Chrome", { key: "Enter", keyCode: 229, isComposing: true }, 0],
    ["that ended a composition, in Safari", { key: "Enter", keyCode: 229, isComposing: false }, 0],
    ["with Shift", { key: "Enter", keyCode: 13, shiftKey: true }, 0],
    ["alone", { key: "Enter", keyCode: 13 }, 1],
  ])("%s", async (_, key, times) => {
    const { send, area } = await write("か", [key]);
    expect(send).toHaveBeenCalledTimes(times);
    expect(area.value).toBe(times ? "" : "か");
  });
});

test("what fits is counted as the server counts it: UTF-16 code units of what is sent", async () => {
  const enter = { key: "Enter", keyCode: 13 };
  expect((await write("👍👍👍", [enter])).send).not.toHaveBeenCalled(); // six
  expect(at.textContent).toContain("Too long by 1 characters.");
  expect((await write("  👍👍  ", [enter])).send).toHaveBeenCalledWith("👍👍", []);
});

const picture = (content_type: string, preview_url: string | null): Attachment => ({
  id: "a",
  name: "IMG_1.HEIC",
  content_type,
  size: 2048,
  url: "https://chat.example.com/a",
  preview_url,
});

async function log(chat: Record<string, unknown>) {
  const p = await part(chat);
  await act(() => {
    render(<Log {...p} />, at);
  });
  return at;
}

const said = (from: string, text: string, attachments: Attachment[] = []) =>
  ({
    id: text,
    seq: 1,
    from,
    agent: null,
    type: "text",
    text,
    data: null,
    attachments,
    at: "2026-01-01T10:00:00Z",
    redacted: false,
  }) as unknown as Message;

describe("F26: a picture", () => {
  test.each([
    ["image/heic", null, false],
    ["image/heif-sequence", null, false],
    ["image/tiff", null, false],
    ["image/heic", "https://chat.example.com/p", true],
    ["image/jpeg", null, true],
    ["image/png", "https://chat.example.com/p", true],
  ])("of %s with preview %s is drawn: %s", async (type, preview, drawn) => {
    const found = await log({ messages: [said("agent", "x", [picture(type, preview)])] });
    expect(found.querySelectorAll("img")).toHaveLength(drawn ? 1 : 0);
    expect(found.querySelector("a[part]")?.getAttribute("part")).toBe(drawn ? "picture" : "file");
    expect(found.textContent?.includes("IMG_1.HEIC")).toBe(!drawn);
  });

  test("that the browser cannot draw is a link", async () => {
    const found = await log({ messages: [said("agent", "x", [picture("image/jpeg", null)])] });
    await act(() => void found.querySelector("img")?.dispatchEvent(new Event("error")));
    expect(found.querySelector("img")).toBeNull();
    expect(found.textContent).toContain("IMG_1.HEIC");
  });
});

test("every text has the direction of its own letters", async () => {
  const found = await log({ messages: [said("agent", "שלום"), said("visitor", "Hello."), said("system", "Ended.")] });
  for (const text of ["שלום", "Hello.", "Ended."])
    expect([...found.querySelectorAll("p")].find((p) => p.textContent?.trim() === text)?.dir).toBe("auto");
});

describe("Typing 1.8: a visitor", () => {
  const thread = { state: "waiting", queue: { ahead: 2, wait: { from: 60, to: 120 } }, open: true, opens_at: null, agents_available: true };
  const somebody = "Someone will be with you";
  const nobody = "Nobody is available right now.";

  test("who waits is told that somebody comes only while somebody is there", async () => {
    const there = (await log({ thread })).textContent;
    expect(there).toContain(`${somebody} shortly. 2 people are ahead of you. Estimated wait: 1 to 2 minutes.`);
    const gone = (await log({ thread: { ...thread, agents_available: false } })).textContent;
    expect(gone).toContain(nobody);
    expect(gone).toContain("2 people are ahead of you.");
    expect(gone).not.toMatch(/Someone will|minutes/);
    const closed = (await log({ thread: { ...thread, open: false } })).textContent;
    expect(closed).toContain(nobody);
    expect(closed).not.toContain(somebody);
  });

  test("who has not written yet knows it as well", async () => {
    expect((await log({})).textContent).toContain("How can we help?");
    expect((await log({ settings: { ...settings, agents_available: false } })).textContent).toContain(nobody);
    const persistent = { ...settings, style: "persistent", agents_available: false };
    expect((await log({ settings: persistent })).textContent).toContain("you can come back any time");
  });
});

test("Prototype.js: what is kept and sent is whole on pages that give arrays a toJSON", () => {
  const value = { files: [{ id: "1", tags: ["a", 'b"'] }], none: [], at: null, n: [1, [2]], gone: undefined };
  const want = JSON.stringify(value);
  const own = { toJSON: { value: () => "[spoilt]", configurable: true, writable: true } };
  Object.defineProperties(Array.prototype, own);
  Object.defineProperties(Object.prototype, own);
  try {
    expect(JSON.stringify([1])).toBe('"[spoilt]"');
    expect(json(value)).toBe(want);
    new WidgetStorage("proto").set("x", value);
  } finally {
    Reflect.deleteProperty(Array.prototype, "toJSON");
    Reflect.deleteProperty(Object.prototype, "toJSON");
  }
  expect(new WidgetStorage("proto").get("x")).toEqual({ ...value, gone: undefined });
});
