import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { viewOf, needsReply, comparator } from "../conversation/views";
import { resetState } from "../state/state";
import { conversation, event, me, message } from "../testing/make";
import { applyEvents, resync } from "./apply";
import { isAhead } from "./cursor";
import { newerConversation, newerMessage, mergeMessages } from "./merge";
import {
  storeMessages,
  dropStale,
  mergeFetchedThread,
  queryKeys,
  knownConversations,
  storeConversations,
  startGeneration,
  queryClient,
  type Thread,
} from "./store";

const asked: string[] = [];

beforeEach(() => {
  queryClient.clear();
  queryClient.setQueryData(queryKeys.conversations, {});
  asked.length = 0;
  vi.stubGlobal("fetch", (request: Request) => {
    asked.push(new URL(request.url, "http://desk").pathname);
    return Promise.resolve(
      new Response(JSON.stringify(conversation({ id: "new", version: 9 })), { headers: { "Content-Type": "application/json" } }),
    );
  });
});
afterEach(() => {
  resetState();
  vi.unstubAllGlobals();
});

const thread = () => queryClient.getQueryData<Thread>(queryKeys.thread("c"))?.messages.map((m) => `${m.seq}${m.status ?? ""}`);

describe("cursors", () => {
  it("are ordered as the log is, number by number", () => {
    expect(isAhead("10-2", "9-100")).toBe(true);
    expect(isAhead("10-2", "10-10")).toBe(false);
    expect(isAhead("18446744073709551615-2", "18446744073709551614-3")).toBe(true);
    expect(isAhead("10-2", "10-2")).toBe(false);
    expect(isAhead("1-1", undefined)).toBe(true);
  });
});

describe("two readings of one thing", () => {
  it("of a message: its status only moves forward, and what was taken back stays so", () => {
    const sent = message(1, { status: "sent" });
    expect(newerMessage(message(1, { status: "read" }), sent).status).toBe("read");
    expect(newerMessage(message(1, { status: "failed" }), message(1, { status: "delivered" })).status).toBe("delivered");
    const edited = message(1, { edited_at: "2026-01-01T10:30:00Z", text: "changed" });
    expect(newerMessage(message(1), edited)).toBe(edited);
    expect(newerMessage(edited, message(1))).toBe(edited);
    expect(newerMessage(edited, message(1, { edited_at: "2026-01-01T10:20:00Z" }))).toBe(edited);
    const moved = { ...message(1), seq: 2 };
    expect(newerMessage(message(1), moved)).toBe(moved);
    expect(newerMessage(moved, message(1))).toBe(moved);
    const gone = message(1, { redacted_at: "2026-01-01T11:00:00Z", text: "" });
    expect(newerMessage(gone, sent)).toBe(gone);
    expect(newerMessage(sent, gone)).toBe(gone);
  });

  it("of a conversation: a fetch that was answered before an event does not undo it", () => {
    const after = conversation({ version: 5, state: "waiting", last_seq: 9 });
    const fetched = conversation({ version: 4, state: "active", last_seq: 7, customer: { ...after.customer, name: "Kim Lee" } });
    const merged = newerConversation(after, fetched);
    expect([merged.state, merged.version, merged.last_seq, merged.customer.name]).toEqual(["waiting", 5, 9, "Kim Lee"]);
  });

  it("of a thread: in order of seq, each message once", () => {
    const merged = mergeMessages([message(1), message(3)], [message(2), message(3, { status: "sent" }), message(1)]);
    expect(merged.map((m) => `${m.seq}${m.status ?? ""}`)).toEqual(["1queued", "2queued", "3sent"]);
  });
});

describe("events", () => {
  it("carry messages and statuses into an open thread, whatever comes twice", () => {
    const c = conversation({ last_seq: 2 });
    storeConversations(c);
    queryClient.setQueryData<Thread>(queryKeys.thread("c"), { messages: [message(1)], hasOlder: false });
    const created = event("message.created", c, message(2));
    applyEvents([created, event("message.updated", c, message(1, { status: "delivered" })), created], me());
    applyEvents([event("message.updated", c, message(1, { status: "sent" }))], me());
    expect(thread()).toEqual(["1delivered", "2queued"]);
    expect(knownConversations()["c"]?.last_message?.text).toBe("text 2");
  });

  it("do not get lost while their thread is being fetched", async () => {
    let give: (t: Thread) => void = () => undefined;
    const reading = queryClient.fetchQuery({
      queryKey: queryKeys.thread("c"),
      queryFn: async () => {
        await new Promise<Thread>((resolve) => (give = resolve));
        return mergeFetchedThread("c", [message(1)], false);
      },
    });
    storeMessages("c", [message(2)]);
    give({ messages: [], hasOlder: false });
    await reading;
    expect(thread()).toEqual(["1queued", "2queued"]);
  });

  it("move a conversation between views, and old ones change nothing", () => {
    storeConversations(conversation({ version: 3 }));
    applyEvents([event("conversation.updated", conversation({ version: 4, state: "waiting" }))], me());
    expect(viewOf(knownConversations()["c"] ?? conversation(), me())).toBe("waiting");
    applyEvents([event("conversation.updated", conversation({ version: 2, state: "open", agent: null }))], me());
    expect(knownConversations()["c"]?.state).toBe("waiting");
  });

  it("ask for a conversation that was not heard of, once, and only if it belongs here", async () => {
    const mine = conversation({ id: "new", state: "open", agent: null });
    const others = conversation({ id: "far", state: "open", agent: null, queue: { id: "other", name: "Other" } });
    applyEvents(
      [event("message.created", mine, message(1)), event("conversation.updated", mine), event("conversation.updated", others)],
      me(),
    );
    await vi.waitFor(() => expect(knownConversations()["new"]?.version).toBe(9));
    expect(asked.filter((path) => !path.endsWith("/c"))).toEqual(["/v1/conversations/new"]); // c is read by the tests before
  });

  it("take an offer away that went elsewhere", () => {
    const offer = { id: "o", agent_id: "me", agent_name: "Mia", expires_at: null };
    storeConversations(conversation({ version: 3, state: "open", agent: null, offer }));
    expect(viewOf(knownConversations()["c"] ?? conversation(), me())).toBe("offers");
    applyEvents([event("offer.withdrawn", conversation({ version: 4, state: "active", agent: { id: "x", name: "" } }))], me());
    expect(viewOf(knownConversations()["c"] ?? conversation(), me())).toBeNull();
  });
});

describe("after a gap", () => {
  it("what a list does not have any more is dropped, and what was heard of since stays", () => {
    storeConversations(conversation({ id: "gone" }), conversation({ id: "open" }), conversation({ id: "there" }));
    startGeneration();
    storeConversations(conversation({ id: "there" }));
    dropStale(() => true, "open");
    expect(Object.keys(knownConversations()).sort()).toEqual(["open", "there"]);
  });

  it("only what is shown is fetched again", () => {
    queryClient.setQueryData<Thread>(queryKeys.thread("old"), { messages: [message(1)], hasOlder: false });
    queryClient.setQueryData(["quick-replies", "c", ""], []);
    resync();
    expect(queryClient.getQueryData(queryKeys.thread("old"))).toBeUndefined();
    expect(queryClient.getQueryState(["quick-replies", "c", ""])?.isInvalidated).toBe(false);
    expect(asked).toEqual([]);
  });
});

describe("Typing 1.6: who waits", () => {
  const at = (minute: number) => `2026-01-01T10:0${minute}:00Z`;
  const said = (seq: number, change: Parameters<typeof message>[1]) => {
    const c = knownConversations()["c"];
    if (!c) throw new Error("it is known");
    const m = message(seq, { created_at: at(seq), ...change });
    applyEvents([event("message.created", { ...c, last_seq: seq }, m)], me());
    return knownConversations()["c"];
  };

  it("waits on, whatever colleagues and the system say, until somebody answers", () => {
    storeConversations(conversation({ last_seq: 0, last_message: null, unanswered_since: null }));
    expect(said(1, { direction: "in", text: "Where is it?" })?.unanswered_since).toBe(at(1));
    for (const change of [
      { direction: "internal", text: "Who knows?" },
      { direction: "internal", text: "The window closes soon", automated: "window_closing" },
      { direction: "out", text: "We are looking for somebody", automated: "greeting" },
      { direction: "in", text: "Hello?" },
    ] as const) {
      const c = said((knownConversations()["c"]?.last_seq ?? 0) + 1, change);
      expect([c?.unanswered_since, c && needsReply(c)]).toEqual([at(1), true]);
    }
    const answered = said(9, { direction: "out", text: "Here" });
    expect(answered && needsReply(answered)).toBe(false);
    const hearted = said(10, { direction: "in", type: "reaction", text: "❤️", created_at: at(9) });
    expect(hearted && needsReply(hearted)).toBe(false);
  });

  it("is on top, who waits longest first", () => {
    const list = [
      conversation({ id: "answered", last_activity_at: at(9) }),
      conversation({ id: "late", unanswered_since: at(5), last_activity_at: at(8), last_message: null }),
      conversation({ id: "first", unanswered_since: at(2), last_message: { type: "text", direction: "internal", text: "", at: at(9) } }),
    ];
    expect(list.sort(comparator("mine")).map((c) => c.id)).toEqual(["first", "late", "answered"]);
  });

  it("is kept by a reading that was asked for before they wrote", () => {
    const waits = conversation({ last_seq: 3, unanswered_since: at(3) });
    expect(newerConversation(waits, conversation({ last_seq: 2 })).unanswered_since).toBe(at(3));
    expect(newerConversation(waits, conversation({ last_seq: 4 })).unanswered_since).toBeNull();
  });
});
