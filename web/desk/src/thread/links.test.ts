import { describe, expect, it } from "vitest";

import { linksIn } from "./links";

const hrefs = (text: string) => linksIn(text).flatMap((l) => l.href ?? []);

describe("links in a text", () => {
  it("finds addresses, mail and phones, and keeps every character", () => {
    const text = "See https://a.example/b?c=1, write to ann.lee@example.com or ring +372 555 1234.";
    expect(hrefs(text)).toEqual(["https://a.example/b?c=1", "mailto:ann.lee@example.com", "tel:+3725551234"]);
    const whole = linksIn(text)
      .map((l) => l.text)
      .join("");
    expect(whole).toBe(text);
  });

  it("leaves alone what is none", () => {
    for (const text of ["Order 4711-0815", "1+12345678", "a @ b", "javascript:alert(1)", "+12", ""]) expect(hrefs(text)).toEqual([]);
  });
});
