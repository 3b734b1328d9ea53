import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { directionOf } from "./text/direction.ts";

const settings = { style: "live", language: "en", appearance: {}, texts: {}, open: true, opens_at: null, agents_available: true };
const server = "https://chat.example.com";
let asked: string[];

beforeEach(() => {
  asked = [];
  vi.stubGlobal("APP", "assets/app.js");
  vi.stubGlobal("fetch", (url: string) => {
    asked.push(url);
    return Promise.resolve(new Response(JSON.stringify(settings)));
  });
  vi.spyOn(performance, "getEntriesByType").mockReturnValue([]);
});
// A chat stays, also after its test: those of earlier ones are not counted.
const past = new Set<Element>();
const chats = () => [...document.querySelectorAll(".switchboard-chat")].filter((h) => !past.has(h));
const hosts = () => chats().filter((h) => h.shadowRoot);

afterEach(() => {
  for (const host of hosts()) past.add(host);
  vi.restoreAllMocks();
  for (const name of [Symbol.for("switchboard"), "Switchboard", "switchboardSettings", "switchboardLoaded"])
    Reflect.deleteProperty(window, name);
  for (const script of [...document.scripts]) script.remove();
  document.body.replaceChildren();
});

/** loads runs the loader, as that script of the page, or as none that the browser names. */
async function loads(attributes: Record<string, string> = {}, current = true): Promise<void> {
  const script = document.createElement("script");
  script.type = "text/plain"; // it is run here
  if (Object.keys(attributes).length) document.head.append(script);
  for (const [name, value] of Object.entries(attributes)) if (name !== "type") script.setAttribute(name, value);
  vi.spyOn(document, "currentScript", "get").mockReturnValue(current ? script : null);
  vi.resetModules();
  await import("./loader.ts");
}

const shown = () => vi.waitFor(() => expect(hosts()).toHaveLength(1));
const src = `${server}/widget/loader.js`;

describe("F21: the loader finds its settings", () => {
  test.each([
    ["as it is documented", { src, "data-widget": "K" }, true],
    ["in its address, where a tag manager drops attributes", { src: `${src}?widget=K` }, true],
    ["as a module", { src, "data-widget": "K", type: "module" }, false],
    ["as a module, in its address", { src: `${src}?widget=K`, type: "module" }, false],
    ["when an optimiser delays it", { "data-rocket-src": src, "data-widget": "K" }, false],
    ["when it is copied into the page", { "data-widget": "K", "data-api": server }, true],
  ])("%s", async (_, attributes, current) => {
    await loads(attributes, current);
    await shown();
    expect(asked).toEqual([`${server}/v1/chat/K`]);
  });

  test("in the page, where it is part of another script", async () => {
    Object.assign(window, { switchboardSettings: { widget: "K", api: server, position: "left" } });
    await loads({ src: "https://shop.example.com/all.js" });
    await shown();
    expect(asked).toEqual([`${server}/v1/chat/K`]);
    expect((hosts()[0] as HTMLElement).dataset.position).toBe("left");
  });

  test("in what was loaded, where no script of the page is it", async () => {
    vi.spyOn(performance, "getEntriesByType").mockReturnValue([{ name: `${src}?widget=K` }] as PerformanceEntry[]);
    await loads({}, false);
    await shown();
    expect(asked).toEqual([`${server}/v1/chat/K`]);
  });

  test("or says in the console what is missing", async () => {
    const said = vi.spyOn(console, "error").mockReturnValue(undefined);
    await loads({ src: "https://shop.example.com/all.js" });
    expect(said.mock.calls[0]?.[0]).toContain("data-widget");
    expect([asked, hosts()]).toEqual([[], []]);
    await loads({ src, "data-widget": "K" }); // and a right one is not in its way
    await shown();
  });
});

test("F22: a page that has the script twice has one chat", async () => {
  const told = vi.fn();
  Object.assign(window, { switchboardLoaded: told });
  await loads({ src, "data-widget": "K" });
  await shown();
  const first = (window as unknown as { Switchboard: unknown }).Switchboard;
  await loads({ src, "data-widget": "K" });
  await loads({ src: `${src}?v=2`, "data-widget": "OTHER" });
  await new Promise((r) => setTimeout(r, 20));
  expect([hosts().length, asked.length, told.mock.calls.length]).toEqual([1, 1, 1]);
  expect((window as unknown as { Switchboard: unknown }).Switchboard).toBe(first);
});

describe("F11: a page that replaces its content", () => {
  test.each([
    ["the body", () => void document.body.replaceWith(document.createElement("body"))],
    ["all within the body", () => void document.body.replaceChildren(document.createElement("p"))],
    ["the chat itself", () => hosts()[0]?.remove()],
    ["the body by one that has a copy of the chat", () => void document.body.replaceWith(document.body.cloneNode(true))],
  ])("keeps the chat, though it replaces %s, again and again", async (_, replace) => {
    await loads({ src, "data-widget": "K" });
    await shown();
    const host = hosts()[0];
    for (let i = 0; i < 3; i++) {
      replace();
      await shown();
    }
    expect(hosts()[0]).toBe(host);
    await vi.waitFor(() => expect(chats()).toHaveLength(1));
  });
});

test("F12: the launcher is drawn where the page forbids markup that is a text", async () => {
  const forbidden = () => {
    throw new TypeError("requires 'TrustedHTML'");
  };
  vi.spyOn(Element.prototype, "innerHTML", "set").mockImplementation(forbidden);
  vi.spyOn(ShadowRoot.prototype, "innerHTML", "set").mockImplementation(forbidden);
  await loads({ src, "data-widget": "K" });
  await shown();
  expect(hosts()[0]?.shadowRoot?.querySelector("button path")?.getAttribute("d")).toMatch(/^M21/);
});

test("a page that is written from right to left does not turn the chat, whose language decides", async () => {
  document.documentElement.dir = "rtl";
  await loads({ src, "data-widget": "K" });
  await shown();
  document.documentElement.removeAttribute("dir");
  expect((hosts()[0] as HTMLElement).dir).toBe("ltr");
  expect(["ar", "he-IL", "fa", "uz-Arab", "en", "nl", "art", "heb"].map(directionOf)).toEqual([
    ..."rtl rtl rtl rtl ltr ltr ltr ltr".split(" "),
  ]);
});
