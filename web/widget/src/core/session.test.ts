import { beforeEach, expect, test } from "vitest";
import type { Shared } from "../types.ts";
import { Problem, Unreachable, type Api } from "./api.ts";
import { WidgetStorage } from "./storage.ts";
import { Session, subject } from "./session.ts";

const jwt = (sub: string) => `x.${btoa(JSON.stringify({ sub })).replace(/=/g, "")}.y`;

function session(who: () => string | null) {
  const calls: string[] = [];
  let given = 0;
  const shared = { token: who, context: { page: "p" }, settings: { authentication: "optional" } } as unknown as Shared;
  const s = new Session(new WidgetStorage("test"), shared);
  s.api = {
    json: (method: string, path: string, body?: Record<string, unknown>) => {
      calls.push(`${method} ${path} ${Object.keys(body ?? {}).join()}`);
      return Promise.resolve({ visitor_token: `t${String(++given)}`, thread: {} });
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
  await s.reconcile();
  await s.reconcile();
  expect(s.token).toBe("t2"); // the one from before is worth nothing any more
  await s.renew();
  expect(s.token).toBe("t3");
  expect(calls).toEqual(["POST /start context,client_id", "POST /sign-in token", "POST /sign-in token"]);
});

test("somebody else on the same browser, or nobody, does not get the chat of the one before", async () => {
  for (const next of [jwt("bram"), null]) {
    let who: string | null = jwt("anna");
    const { s, calls } = session(() => who);
    await s.start({});
    who = next;
    await s.reconcile();
    expect(s.token).toBeUndefined();
    expect(calls).toEqual(["POST /start token,client_id", "DELETE /session "]);
  }
});

test("a token's subject is read as UTF-8", () => {
  const b = btoa(String.fromCharCode(...new TextEncoder().encode('{"sub":"Jüri–1"}')));
  expect(subject(`a.${b}.c`)).toBe("Jüri–1");
  expect(subject("no token")).toBe("no token");
  expect(subject(null)).toBeNull();
});

test("a start whose answer was lost is tried again as the same, and one that was refused is not", async () => {
  const { s } = session(() => null);
  const ids: unknown[] = [];
  const answers = [new Unreachable("lost"), new Problem(503, "unavailable", ""), new Problem(422, "invalid", ""), null, null];
  s.api = {
    json: (_: string, __: string, body: Record<string, unknown>) => {
      ids.push(body.client_id);
      const err = answers[ids.length - 1];
      return err ? Promise.reject(err) : Promise.resolve({ visitor_token: "t", thread: {} });
    },
  } as unknown as Api;
  while (ids.length < answers.length) await s.start({}).catch(() => undefined);
  expect(ids[1]).toBe(ids[0]);
  expect(ids[2]).toBe(ids[0]);
  expect(new Set(ids).size).toBe(3);
});

test("what another tab keeps is not forgotten with a token that was refused", async () => {
  const { s } = session(() => null);
  await s.start({});
  const refused = s.token;
  await s.start({}); // as the other tab
  s.forget(refused);
  expect(s.token).toBe("t2");
  s.forget();
  expect(s.token).toBeUndefined();
});
