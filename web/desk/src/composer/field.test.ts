import { MantineProvider } from "@mantine/core";
import { QueryClientProvider } from "@tanstack/react-query";
import { act, createElement } from "react";
import { createRoot, type Root } from "react-dom/client";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { queryClient } from "../live/store";
import { resetState } from "../state/state";
import { conversation, message } from "../testing/make";
import { clearStores, setStoreOwner } from "../ui/localStore";
import { Composer } from "./Composer";
import { draftOf, updateDraft } from "./drafts";

const replies = [
  { id: "1", title: "Hello", text: "Hello, how are you?" },
  { id: "2", title: "Refund", text: "Your money is back within a week." },
];

let root: Root;
let sent: string[];
let slow: (() => void)[]; // searches that are not answered yet
let hold: boolean;

const json = (body: unknown) => new Response(JSON.stringify(body), { headers: { "Content-Type": "application/json" } });

beforeEach(() => {
  vi.stubGlobal("IS_REACT_ACT_ENVIRONMENT", true);
  Object.defineProperty(document, "fonts", { value: new EventTarget(), configurable: true }); // happy-dom has none
  setStoreOwner("me");
  clearStores();
  queryClient.clear();
  sent = [];
  slow = [];
  hold = false;
  vi.stubGlobal("fetch", async (request: Request) => {
    const url = new URL(request.url, "http://desk");
    if (request.method === "POST" && url.pathname.endsWith("/messages")) {
      const { text } = (await request.json()) as { text: string };
      sent.push(text);
      return json(message(sent.length, { text, key: request.headers.get("Idempotency-Key") }));
    }
    if (!url.pathname.endsWith("/quick-replies")) return json({ mode: "reply", text: "", others: {}, items: [] });
    const q = url.searchParams.get("q") ?? "";
    if (hold) await new Promise<void>((then) => slow.push(then));
    return json({ items: replies.filter((r) => r.title.toLowerCase().includes(q)), next: null });
  });
  const at = document.body.appendChild(document.createElement("div"));
  root = createRoot(at);
});
afterEach(async () => {
  clearStores(); // nothing is left to be kept after the test
  await act(() => root.unmount());
  resetState();
  document.body.replaceChildren();
});

const show = (mine: boolean, state: "open" | "active" = "active") =>
  act(() => {
    const composer = createElement(Composer, { c: conversation({ state, agent: mine ? { id: "me", name: "Mia" } : null }), mine });
    root.render(createElement(MantineProvider, null, createElement(QueryClientProvider, { client: queryClient }, composer)));
  });

const box = () => document.querySelector("textarea") as HTMLTextAreaElement;
const options = () => [...document.querySelectorAll("[role=option]")].map((o) => o.textContent);
const type = (text: string) => act(() => updateDraft("c", { mode: "reply", text }));
const press = (key: string, more: KeyboardEventInit = {}) =>
  act(
    () =>
      void box().dispatchEvent(
        new KeyboardEvent("keydown", { key, keyCode: key === "Enter" ? 13 : 0, bubbles: true, cancelable: true, ...more }),
      ),
  );
const settled = (then: () => void) => act(() => vi.waitFor(then));

describe("Typing 1.1: the cursor", () => {
  it("is where one answers as soon as one may, and leaves what is being written elsewhere", async () => {
    await show(true);
    expect(document.activeElement).toBe(box());
    await show(false, "open");
    const field = document.body.appendChild(document.createElement("input"));
    field.focus();
    await show(true);
    expect(document.activeElement).toBe(field);
    await show(false, "open");
    field.blur();
    await show(true);
    expect(document.activeElement).toBe(box());
  });

  it("comes there once the dialog is gone by which one came, as that of Ctrl K", async () => {
    const dialog = document.body.appendChild(document.createElement("div"));
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-modal", "true");
    await show(true);
    expect(document.activeElement).not.toBe(box());
    dialog.remove();
    await settled(() => expect(document.activeElement).toBe(box()));
  });
});

describe("Typing 1.3, 1.4, 1.9: quick replies", () => {
  it("Enter sends nothing that has no match, Escape leaves the list only, and then Enter sends", async () => {
    await show(true);
    await type("/nowhere");
    await press("Enter"); // before it is known
    await settled(() => expect(document.body.textContent).toContain("No quick reply matches “nowhere”"));
    await press("Enter");
    expect([box().value, sent]).toEqual(["/nowhere", []]);
    await press("Escape");
    expect(box().value).toBe("/nowhere");
    expect(document.querySelector("[role=listbox]")).toBeNull();
    expect(document.activeElement).toBe(box());
    await press("Enter");
    await settled(() => expect(sent).toEqual(["/nowhere"]));
    await type("/"); // the next slash asks again
    await settled(() => expect(options()).toHaveLength(2));
  });

  it("Enter waits for the list of what was typed, and takes nothing of the one before", async () => {
    await show(true);
    await type("/");
    await settled(() => expect(options()).toHaveLength(2));
    hold = true;
    await type("/ref");
    await press("Enter");
    await settled(() => expect(slow).toHaveLength(1));
    expect([box().value, sent]).toEqual(["/ref", []]);
    await act(() => slow[0]?.());
    await settled(() => expect(box().value).toBe("Your money is back within a week."));
    expect(sent).toEqual([]);
  });
});

describe("F07: Enter of an input method", () => {
  it.each([
    ["Chrome", { keyCode: 229, isComposing: true }],
    ["Safari", { keyCode: 229, isComposing: false }],
  ])("neither sends nor takes a quick reply, in %s", async (_, key) => {
    await show(true);
    await type("か");
    await press("Enter", key);
    expect(box().value).toBe("か");
    await type("/");
    await settled(() => expect(options()).toHaveLength(2));
    await press("Enter", key);
    await press("Escape", key);
    expect([box().value, options().length, sent]).toEqual(["/", 2, []]);
  });
});

it("Typing 1.5: what was begun for colleagues is not in the box for the customer", async () => {
  await show(true);
  await act(() => updateDraft("c", { mode: "internal", text: "She is rude, careful" }));
  expect(box().value).toBe("She is rude, careful");
  await act(() => updateDraft("c", { mode: "reply" }));
  expect(box().value).toBe("");
  await press("Enter");
  expect([sent, draftOf("c").mode]).toEqual([[], "reply"]);
  expect(document.querySelectorAll(".begun")).toHaveLength(1);
});
