import { expect, test } from "vitest";
import type { Shared } from "../types.ts";
import { en } from "./en.ts";
import { loadTranslator } from "./translator.ts";

const shared = (language: string, more = {}) =>
  ({
    options: { language, ...more },
    settings: { language: "en", texts: { nl: { send: "Stuur" } } },
  }) as unknown as Shared;

test.each(["en", "nl", "fi", "et", "ja"])("every text is there in %s, with the same places for values", async (language) => {
  const t = await loadTranslator(shared(language));
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map((m) => m[0]).sort();
  const marks = new Proxy({}, { get: (_, name) => `{${String(name)}}` }) as Record<string, string>;
  for (const name of Object.keys(en) as (keyof typeof en)[]) {
    const text = t.text(name, marks);
    if (name !== "subtitle") expect(text, name).not.toBe("");
    expect(places(text), name).toEqual(places(en[name]));
  }
  if (language !== "ja") expect(t.count("ahead", 1)).not.toBe(t.count("ahead", 2).replace("2", "1"));
});

test("a site's own texts come first, the page's before the settings'", async () => {
  expect((await loadTranslator(shared("nl"))).text("send")).toBe("Stuur");
  expect((await loadTranslator(shared("nl", { texts: { send: "Hup" } }))).text("send")).toBe("Hup");
});

test("a wait is a range in minutes, and never a number of seconds", async () => {
  const t = await loadTranslator(shared("en"));
  expect(t.wait({ from: 60, to: 240 })).toBe("Estimated wait: 1 to 4 minutes.");
  expect(t.wait({ from: 10, to: 55 })).toBe("Estimated wait: less than a minute.");
  expect(t.wait({ from: 5, to: 130 })).toBe("Estimated wait: about 3 min.");
  expect(t.usually({ to: 61 })).toBe("We usually reply within 2 minutes.");
  expect(t.usually({ to: 3 * 3600 - 5 })).toBe("We usually reply within 3 hours.");
  expect(t.usually({ to: 24 * 3600 })).toBe("We usually reply within 1 day.");
});
