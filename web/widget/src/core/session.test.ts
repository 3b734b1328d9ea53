import { beforeEach, expect, test } from "vitest";
import type { Shared } from "../types.ts";
import type { Api } from "./api.ts";
import { Keep } from "./keep.ts";
import { Session, subject } from "./session.ts";

const jwt = (sub: string) => `x.${btoa(JSON.stringify({ sub })).replace(/=/g, "")}.y`;

function session(who: () => string | null) {
  const calls: string[] = [];
  const shared = { token: who, context: { page: "p" }, settings: { authentication: "optional" } } as unknown as Shared;
  const s = new Session(new Keep("test"), shared);
  s.api = {
    json: (method: string, path: string, body?: Record<string, unknown>) => {
      calls.push(`${method} ${path} ${Object.keys(body ?? {}).join()}`);
      return Promise.resolve({ visitor_token: "t", thread: {} });
    },
  } as unknown as Api;
  return { s, calls };
}

beforeEach(() => {
  localStorage.clear();
});

test("an anonymous visitor who signs in keeps their chat, and the page's context is theirs only while anonymous", async () => {
  let who: string | null = null;
  const { s, calls } = session(() => who);
  await s.start({});
  who = jwt("anna");
  await s.settle();
  await s.settle();
  expect(s.token).toBe("t");
  expect(calls).toEqual(["POST /start context", "POST /sign-in token"]);
});

test("somebody else on the same browser, or nobody, does not get the chat of the one before", async () => {
  for (const next of [jwt("bram"), null]) {
    let who: string | null = jwt("anna");
    const { s, calls } = session(() => who);
    await s.start({});
    who = next;
    await s.settle();
    expect(s.token).toBeUndefined();
    expect(calls).toEqual(["POST /start token", "DELETE /session "]);
  }
});

test("a token's subject is read as UTF-8", () => {
  const b = btoa(String.fromCharCode(...new TextEncoder().encode('{"sub":"Jüri–1"}')));
  expect(subject(`a.${b}.c`)).toBe("Jüri–1");
  expect(subject("no token")).toBe("no token");
  expect(subject(null)).toBeNull();
});
