import { beforeEach, expect, test, vi } from "vitest";
import type { Message } from "../types.ts";
import { Problem, Unreachable, type Api } from "./api.ts";
import { WidgetStorage } from "./storage.ts";
import { Outbox } from "./outbox.ts";

interface Sent {
  client_id: string;
  text: string;
}

/** server takes what is posted, as its answers say. */
function server(answers: (Error | null)[]) {
  const taken: Sent[] = [];
  const api = {
    json: (_method: string, _path: string, body: Sent) => {
      const err = answers.shift();
      if (err) return Promise.reject(err);
      taken.push(body);
      return Promise.resolve({ id: body.client_id, client_id: body.client_id } as Message);
    },
  };
  return { taken, api: api as unknown as Api };
}

function outbox(answers: (Error | null)[], lost: () => Promise<boolean> = () => Promise.resolve(false)) {
  const { taken, api } = server(answers);
  const box = new Outbox(new WidgetStorage("test"), {
    api,
    ready: () => Promise.resolve(),
    sent: () => undefined,
    onRejected: lost,
    changed: () => undefined,
  });
  return { box, taken };
}

beforeEach(() => {
  localStorage.clear();
  vi.useRealTimers();
});

test("what is written is sent in order and then forgotten", async () => {
  const { box, taken } = outbox([]);
  for (const text of ["one", "two", "three"]) await box.add(text, [], null);
  await vi.waitFor(() => {
    expect(box.list()).toEqual([]);
  });
  expect(taken.map((t) => t.text)).toEqual(["one", "two", "three"]);
});

test("what no answer came for is sent again under the same id, before what was written later", async () => {
  vi.useFakeTimers({ shouldAdvanceTime: true });
  const { box, taken } = outbox([new Unreachable("cut"), new Problem(503, "unavailable", "")]);
  await box.add("one", [], null);
  const [first] = box.list();
  await box.add("two", [], null);
  await vi.advanceTimersByTimeAsync(10_000);
  await vi.waitFor(() => {
    expect(taken.map((t) => t.text)).toEqual(["one", "two"]);
  });
  expect(taken[0]?.client_id).toBe(first?.client_id);
});

test("what a page could not send is sent by the next", async () => {
  const before = outbox([new Unreachable("cut")]);
  await before.box.add("one", [], null);
  await vi.waitFor(() => {
    expect(before.box.list()).toHaveLength(1);
  });
  const after = outbox([]);
  after.box.wake();
  await vi.waitFor(() => {
    expect(after.taken.map((t) => t.text)).toEqual(["one"]);
  });
});

test("a refused message says why and does not hold up the next; it can be tried again or thrown away", async () => {
  const { box, taken } = outbox([new Problem(422, "invalid", "")]);
  await box.add("one", [], null);
  await box.add("two", [], null);
  await vi.waitFor(() => {
    expect(taken.map((t) => t.text)).toEqual(["two"]);
  });
  const [kept] = box.list();
  expect(kept?.refused).toBe("invalid");
  if (kept) box.retry(kept);
  await vi.waitFor(() => {
    expect(taken.map((t) => t.text)).toEqual(["two", "one"]);
  });
});

test("a visitor whom the server forgot begins anew, and what they wrote is sent", async () => {
  const lost = vi.fn(() => Promise.resolve(true));
  const { box, taken } = outbox([new Problem(401, "unauthenticated", "")], lost);
  await box.add("one", [], null);
  await vi.waitFor(() => {
    expect(taken.map((t) => t.text)).toEqual(["one"]);
  });
  expect(lost).toHaveBeenCalledOnce();
});

test("what came back by the stream is not sent again", async () => {
  const { box } = outbox([new Unreachable("the answer was lost")]);
  await box.add("one", [], null);
  const [kept] = box.list();
  box.confirmed([{ client_id: kept?.client_id ?? "" } as Message]);
  expect(box.list()).toEqual([]);
});

test("who has written nothing yet sends the text first and then its files, and files alone are refused", async () => {
  const { box, taken } = outbox([]);
  const api = (box as unknown as { sender: { api: Api } }).sender.api;
  api.upload = () => (taken.length ? Promise.resolve({ id: "f" }) : Promise.reject(new Problem(409, "write_first", "")));
  const file = new File(["x"], "a.txt");
  await box.add("", [file], null);
  await vi.waitFor(() => {
    expect(box.list()[0]?.refused).toBe("write_first");
  });
  box.list().forEach((p) => {
    box.discard(p);
  });
  await box.add("see", [file], null);
  await vi.waitFor(() => {
    expect(box.list()).toEqual([]);
  });
  expect(taken.map((t) => [t.text, (t as { attachments?: string[] }).attachments])).toEqual([
    ["see", undefined],
    ["", ["f"]],
  ]);
});
