import { describe, expect, it } from "vitest";

import { message } from "../testing/make";
import { albumPlace, orderAlbums } from "./albums";

const at = (seconds: number) => new Date(Date.UTC(2026, 0, 1, 10, 0, seconds)).toISOString();

const picture = (seq: number, index: number, seconds = seq, id = "A", total = 3) =>
  message(seq, { direction: "in", type: "image", text: "", created_at: at(seconds), data: { image_set: { id, index, total } } as never });

const seqs = (...list: Parameters<typeof orderAlbums>[0]) => orderAlbums(list).map((m) => m.seq);

describe("an album", () => {
  it("is shown in the order in which it was chosen, whatever order it came in", () => {
    expect(seqs(picture(1, 3), picture(2, 1), picture(3, 2))).toEqual([2, 3, 1]);
    expect(seqs(picture(1, 2), picture(2, 3))).toEqual([1, 2]); // the first is missing and holds nothing
    expect(seqs(picture(1, 3), picture(2, 2))).toEqual([2, 1]);
  });

  it("stays where it is among other messages and other albums", () => {
    const text = message(2, { direction: "in", created_at: at(2) });
    expect(seqs(picture(1, 2), text, picture(3, 1))).toEqual([3, 2, 1]);
    expect(seqs(picture(1, 2, 1, "A"), picture(2, 2, 2, "B"), picture(3, 1, 3, "A"), picture(4, 1, 4, "B"))).toEqual([3, 4, 1, 2]);
    const list = [message(1), message(2)];
    expect(orderAlbums(list)).toBe(list);
  });

  it("is not put together again across an answer or a long time", () => {
    const answer = message(2, { direction: "out", created_at: at(2) });
    expect(seqs(picture(1, 2), answer, picture(3, 1))).toEqual([1, 2, 3]);
    const greeting = message(2, { direction: "out", automated: "greeting", created_at: at(2) });
    expect(seqs(picture(1, 2), greeting, picture(3, 1))).toEqual([3, 2, 1]);
    expect(seqs(picture(1, 2, 0), picture(2, 1, 300))).toEqual([1, 2]);
  });

  it("says which picture of how many each is", () => {
    expect(albumPlace(picture(1, 2))).toEqual({ id: "A", index: 2, total: 3 });
    for (const data of [null, {}, { image_set: 7 }, { image_set: { id: "A" } }, { image_set: { id: 1, index: 1 } }])
      expect(albumPlace(message(1, { type: "image", data: data as never }))).toBeNull();
  });
});
