import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { queryKeys, queryClient, type Thread } from "../live/store";
import { resetState } from "../state/state";
import { message } from "../testing/make";
import { clearStores, setStoreOwner } from "../ui/localStore";
import { adoptServerDraft, clearDraft, draftOf, saveDraft, textFor, updateDraft } from "./drafts";
import { excessCharacters, fileError, fileLimitText, excessInReply } from "./limits";
import { flush, send } from "./outbox";
import { slashQuery } from "./QuickReplies";

interface Asked {
  path: string;
  key: string | null;
  body: { text?: string; buttons?: unknown };
}

let asked: Asked[];
let answers: ((a: Asked) => Response | Promise<Response>)[];

const json = (status: number, body: unknown) =>
  new Response(JSON.stringify(body), {
    status,
    headers: { "Content-Type": status < 400 ? "application/json" : "application/problem+json" },
  });

beforeEach(() => {
  resetState();
  setStoreOwner("me");
  clearStores();
  queryClient.clear();
  queryClient.setQueryData<Thread>(queryKeys.thread("c"), { messages: [], hasOlder: false });
  asked = [];
  answers = [];
  vi.stubGlobal("fetch", async (request: Request) => {
    const a = {
      path: new URL(request.url, "http://desk").pathname,
      key: request.headers.get("Idempotency-Key"),
      body: (await request.json()) as Asked["body"],
    };
    asked.push(a);
    const next = answers.length > 1 ? answers.shift() : answers[0];
    if (!next) throw new TypeError("no network");
    return next(a);
  });
  const tails = new Map<string, Promise<unknown>>();
  vi.stubGlobal("navigator", {
    locks: {
      request: (name: string, then: () => Promise<unknown>) => {
        const tail = (tails.get(name) ?? Promise.resolve()).then(then);
        tails.set(name, tail);
        return tail;
      },
    },
  });
});

afterEach(() => void vi.unstubAllGlobals()); // the next file may load what looks at navigator

const outbox = () => JSON.parse(localStorage.getItem("switchboard.me.outbox") ?? "[]") as { key: string; failed?: { code: string } }[];
const texts = () => queryClient.getQueryData<Thread>(queryKeys.thread("c"))?.messages.map((m) => m.text);

describe("drafts", () => {
  it("are in the browser before anything else happens, and on the server a moment later", async () => {
    answers = [(a) => json(200, { mode: "reply", text: a.body.text, updated_at: "2026-01-01T10:00:00Z" })];
    updateDraft("c", { text: "Half a thou" });
    expect(localStorage.getItem("switchboard.me.drafts")).toContain("Half a thou");
    await saveDraft("c");
    expect(asked.map((a) => [a.path, a.body])).toEqual([["/v1/conversations/c/draft", { mode: "reply", text: "Half a thou" }]]);
    expect(draftOf("c").unsaved).toEqual([]);
    await saveDraft("c");
    expect(asked).toHaveLength(1);
  });

  it("win over the server's when they are newer, and give way when they are not", async () => {
    updateDraft("c", { text: "typed here" });
    adoptServerDraft("c", { mode: "reply", text: "from before", others: {} });
    expect(draftOf("c").text).toBe("typed here");
    answers = [() => json(200, {})];
    await saveDraft("c");
    adoptServerDraft("c", { mode: "note", text: "typed elsewhere", others: {} });
    expect(draftOf("c")).toMatchObject({ text: "typed elsewhere", mode: "note" });
  });

  it("that were sent are empty everywhere", async () => {
    answers = [() => json(200, {})];
    updateDraft("c", { text: "x" });
    updateDraft("c", { text: "" });
    await saveDraft("c");
    expect(asked.at(-1)?.body.text).toBe("");
    expect(localStorage.getItem("switchboard.me.drafts")).toBe("{}");
  });
});

describe("Typing 1.5: a draft belongs to its readers", () => {
  const all = () => (["reply", "internal", "note"] as const).map((m) => textFor(draftOf("c"), m));

  it("is never shown to others, in whatever order one switches", () => {
    updateDraft("c", { mode: "internal", text: "She is rude, careful" });
    updateDraft("c", { mode: "reply" });
    expect(draftOf("c")).toMatchObject({ mode: "reply", text: "" });
    updateDraft("c", { text: "Good morning", mode: "reply" });
    updateDraft("c", { mode: "note", text: "Call back" }); // both at once
    expect(all()).toEqual(["Good morning", "She is rude, careful", "Call back"]);
    updateDraft("c", { mode: "internal" });
    expect(draftOf("c").text).toBe("She is rude, careful");
    updateDraft("c", { text: "She is not" });
    updateDraft("c", { mode: "reply" });
    expect(all()).toEqual(["Good morning", "She is not", "Call back"]);
    setStoreOwner("");
    setStoreOwner("me"); // as a reload
    expect(all()).toEqual(["Good morning", "She is not", "Call back"]);
  });

  it("is deleted when somebody else signs in after an expired sign-in", () => {
    updateDraft("c", { text: "My card number" });
    localStorage.setItem("switchboard.me.prefs", "{}");
    setStoreOwner("somebody else");
    expect(draftOf("c").text).toBe("");
    expect(Object.keys(localStorage)).toContain("switchboard.me.prefs");
    expect(JSON.stringify(localStorage)).not.toContain("My card number");
    setStoreOwner("me");
    expect(draftOf("c").text).toBe("");
  });

  it("goes when it was sent, and no other does", () => {
    updateDraft("c", { mode: "note", text: "Call back" });
    updateDraft("c", { mode: "reply", text: "Good morning" });
    clearDraft("c", "note", "Call back");
    expect(all()).toEqual(["Good morning", "", ""]);
    clearDraft("c", "reply", "something older");
    clearDraft("c", "reply", "Good morning");
    expect(all()).toEqual(["", "", ""]);
  });

  it("is on the server beside those for other readers", async () => {
    answers = [() => json(200, {})];
    const saved = async () => {
      asked = [];
      await saveDraft("c");
      return asked.map((a) => a.body);
    };
    updateDraft("c", { mode: "reply", text: "Good morning" });
    updateDraft("c", { mode: "internal" }); // an empty box takes no draft away
    expect(await saved()).toEqual([{ mode: "reply", text: "Good morning" }]);
    updateDraft("c", { text: "Who knows?" });
    updateDraft("c", { mode: "note", text: "Call back" });
    expect(await saved()).toEqual([
      { mode: "internal", text: "Who knows?" },
      { mode: "note", text: "Call back" },
    ]);
    clearDraft("c", "internal", "Who knows?");
    expect(await saved()).toEqual([{ mode: "internal", text: "" }]);
    expect(await saved()).toEqual([]);
    expect(all()).toEqual(["Good morning", "", "Call back"]);
  });

  it("that could not be saved is saved later, and no other is taken away by the server's", async () => {
    answers = [(a) => json(a.body.text === "Call back" ? 503 : 200, { title: "x", status: 503, code: "unavailable" })];
    updateDraft("c", { mode: "reply", text: "Good morning" });
    updateDraft("c", { mode: "note", text: "Call back" });
    await saveDraft("c");
    expect(draftOf("c").unsaved).toEqual(["note"]);
    adoptServerDraft("c", { mode: "reply", text: "Good evening", others: { internal: "Who knows?" } });
    expect([draftOf("c").mode, ...all()]).toEqual(["note", "Good evening", "Who knows?", "Call back"]);
    answers = [() => json(200, {})];
    await saveDraft("c");
    expect(draftOf("c").unsaved).toEqual([]);
  });

  it("from another device is for the same readers", async () => {
    answers = [() => json(200, {})];
    updateDraft("c", { mode: "reply", text: "Good morning" });
    await saveDraft("c");
    adoptServerDraft("c", { mode: "note", text: "Call back", others: { reply: "Good morning" } });
    expect([draftOf("c").mode, ...all()]).toEqual(["reply", "Good morning", "", "Call back"]);
    adoptServerDraft("c", { mode: "note", text: "Call back", others: {} }); // the reply was sent there
    expect([draftOf("c").mode, ...all()]).toEqual(["note", "", "", "Call back"]);
    adoptServerDraft("c", { mode: "reply", text: "", others: {} });
    expect(all()).toEqual(["", "", ""]);
  });
});

describe("F14: on plain http", () => {
  it("messages are sent in order, by one of the calls at a time, without the browser's locks", async () => {
    vi.stubGlobal("navigator", {});
    vi.stubGlobal("crypto", { getRandomValues: crypto.getRandomValues.bind(crypto) });
    let seq = 0;
    answers = [(a) => json(201, message(++seq, { text: a.body.text ?? "", key: a.key }))];
    for (const text of ["one", "two", "three"]) send({ conversation: "c", internal: false, text, files: [] });
    await Promise.all([flush("c"), flush("c")]);
    expect(texts()).toEqual(["one", "two", "three"]);
    expect(asked).toHaveLength(3);
    expect(asked.map((a) => /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/.test(a.key ?? ""))).toEqual([
      true,
      true,
      true,
    ]);
  });
});

describe("the outbox", () => {
  it("sends in order, and tries again under the same key", async () => {
    vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 200 });
    let seq = 0;
    answers = [
      () => Promise.reject(new TypeError("no network")),
      () => json(503, { code: "unavailable", detail: "busy" }),
      (a) => json(201, message(++seq, { text: a.body.text ?? "", key: a.key })),
    ];
    send({ conversation: "c", internal: false, text: "one", files: [] });
    send({ conversation: "c", internal: true, text: "two", files: [] });
    expect(outbox()).toHaveLength(2);
    await flush("c");
    vi.useRealTimers();
    expect(asked.map((a) => a.body.text)).toEqual(["one", "one", "one", "two"]);
    expect(new Set(asked.slice(0, 3).map((a) => a.key)).size).toBe(1);
    expect(asked[3]?.path).toBe("/v1/conversations/c/internal-messages");
    expect(texts()).toEqual(["one", "two"]);
    expect(outbox()).toEqual([]);
  });

  it("keeps what is refused, with the reason, and goes on with the next", async () => {
    answers = [
      () => json(409, { code: "window_closed", detail: "It is closed." }),
      (a) => json(201, message(1, { text: a.body.text ?? "", key: a.key })),
    ];
    send({ conversation: "c", internal: false, text: "late", files: [] });
    send({ conversation: "c", internal: false, text: "next", files: [] });
    await flush("c");
    expect(outbox().map((s) => s.failed?.code)).toEqual(["window_closed"]);
    expect(texts()).toEqual(["next"]);
  });

  it("sends buttons, and keeps what was said of each when they are refused", async () => {
    const errors = [{ field: "buttons[0].title", reason: "must have at most 20 characters" }];
    answers = [() => json(422, { code: "invalid", detail: "It cannot be sent.", errors })];
    const buttons = [{ title: "Yes", value: "Yes" }];
    send({ conversation: "c", internal: false, text: "Again?", files: [], buttons });
    await flush("c");
    expect(asked.map((a) => a.body)).toEqual([{ text: "Again?", buttons }]);
    expect(outbox()).toMatchObject([{ buttons, failed: { code: "invalid", fields: errors } }]);
  });

  it("does not keep what the thread shows as failed", async () => {
    answers = [
      (a) => {
        queryClient.setQueryData<Thread>(queryKeys.thread("c"), {
          messages: [message(1, { key: a.key, status: "failed" })],
          hasOlder: false,
        });
        return json(409, { code: "not_primary", detail: "No." });
      },
    ];
    send({ conversation: "c", internal: false, text: "x", files: [] });
    await flush("c");
    expect(outbox()).toEqual([]);
  });
});

describe("what can be sent", () => {
  const limits = {
    max_text: 5,
    files: true,
    max_files: 1,
    max_buttons: 0,
    max_file_bytes: 1000,
    media: [{ type: "image/*", max_bytes: 10, as_link: false }],
    blocked_files: [],
    templates: false,
    delivered: true,
    read: false,
  };
  it("is told before it is tried", () => {
    expect(excessInReply("1234567", limits)).toBe(2);
    expect(excessCharacters("reply", " 👍👍👍 ", limits)).toBe(1); // UTF-16 code units of what is sent
    expect(excessCharacters("internal", "👍".repeat(4097), limits)).toBe(1); // characters
    expect(excessCharacters("note", "x".repeat(4096), limits)).toBe(0);
    const file = (size: number, type: string) => new File(["x".repeat(size)], "a", { type });
    expect(fileError(file(5, "image/png"), 0, limits)).toBeNull();
    expect(fileError(file(11, "image/png"), 0, limits)).toContain("This channel allows up to");
    expect(fileError(file(5, "text/plain"), 0, limits)).toContain("file type");
    expect(fileError(file(1001, "image/png"), 0, limits)).toContain("The limit is");
    expect(fileError(file(5, "image/png"), 1, limits)).toContain("Only one file");
  });
  it("names kinds of files in words", () => {
    const mb = (n: number) => n * 1024 * 1024;
    const media = (...of: [type: string, size: number][]) => of.map(([type, size]) => ({ type, max_bytes: mb(size), as_link: false }));
    const says = (...of: [type: string, size: number][]) => fileLimitText({ ...limits, max_file_bytes: mb(100), media: media(...of) });
    expect(says(["image/jpeg", 10], ["image/png", 10], ["video/mp4", 200], ["audio/mp4", 200], ["audio/x-m4a", 200], ["*/*", 200])).toBe(
      "One file: JPEG or PNG up to 10 MB; MP4 video, M4A or other files up to 100 MB",
    );
    expect(says(["image/*", 5], ["video/*", 5], ["audio/*", 16])).toBe("One file: images or videos up to 5 MB; audio up to 16 MB");
    expect(says(["*/*", 20])).toBe("One file: up to 20 MB");
    for (const type of ["application/vnd.acme.thing+xml", "video/quicktime", "text/vcard", "audio/amr", "image/svg+xml", "text/plain"])
      expect(says([type, 5])).toMatch(/^One file: [A-Za-z4 ]+ up to 5 MB$/);
  });
  it("a slash begins a search at the beginning only", () => {
    expect(slashQuery("/ref")).toBe("ref");
    expect(slashQuery("and/or")).toBeNull();
    expect(slashQuery("/a\nb")).toBeNull();
    expect(slashQuery("／か")).toBe("か"); // as Japanese input methods write it
  });
});
