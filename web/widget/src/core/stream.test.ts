import { expect, test } from "vitest";
import { parser, Stream, type Frame } from "./stream.ts";

const text =
  'retry: 1000\n\nid: 7\nevent: message\ndata: {"seq":7,\ndata: "text":"a: b"}\n\n: nothing\r\n\r\nevent: ping\r\ndata: {}\r\n\r\n';
const frames = [
  { id: "7", event: "message", data: { seq: 7, text: "a: b" } },
  { id: "", event: "ping", data: {} },
];

test.each([1, 2, 3, 7, 1000])("a stream cut into pieces of %i characters is the same stream", (size) => {
  const got: Frame[] = [];
  const feed = parser((f) => got.push(f));
  for (let i = 0; i < text.length; i += size) feed(text.slice(i, i + size));
  expect(got).toEqual(frames);
});

test("a line that was cut is resumed after the last event that was taken", async () => {
  const end = new AbortController();
  const cursors: string[] = [];
  const taken: string[] = [];
  const stream = new Stream({
    open: (cursor) => {
      cursors.push(cursor);
      if (cursors.length === 3) end.abort();
      const n = String(cursors.length);
      return Promise.resolve(
        new Response(`id: c${n}\nevent: hello\ndata: {}\n\nid: m${n}\nevent: message\ndata: {}\n\nid: lost\nevent: message\n`),
      );
    },
    frame: (f) => {
      taken.push(f.id);
      stream.retryNow();
    },
    down: () => {
      queueMicrotask(stream.retryNow);
    },
    refused: () => undefined,
  });
  await stream.run(end.signal);
  expect(cursors).toEqual(["", "m1", "m2"]);
  expect(taken).toEqual(["c1", "m1", "c2", "m2", "c3", "m3"]);
});
