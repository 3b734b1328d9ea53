import { render, type ComponentChildren } from "preact";
import { expect, test } from "vitest";
import type { Translator } from "../text/translator.ts";
import type { Question } from "../types.ts";
import { fileError } from "./composer.tsx";
import { links } from "./log.tsx";
import { withLinks, answerError } from "./survey.tsx";

const html = (children: ComponentChildren) => {
  const at = document.createElement("p");
  render(children, at);
  return at.innerHTML;
};

test("addresses in a text are links, and nothing in it is markup", () => {
  expect(html(links("see https://a.example/b?c=1&d=2. <b>x</b>"))).toBe(
    'see <a href="https://a.example/b?c=1&amp;d=2" target="_blank" rel="noopener noreferrer nofollow">https://a.example/b?c=1&amp;d=2</a>. &lt;b&gt;x&lt;/b&gt;',
  );
  expect(html(links("javascript:alert(1)"))).toBe("javascript:alert(1)");
});

test("a consent may link to https, and to nothing else", () => {
  expect(html(withLinks("I accept the [terms](https://a.example/t)."))).toContain('href="https://a.example/t"');
  expect(html(withLinks("[x](javascript:alert(1))"))).toBe("[x](javascript:alert(1))");
});

test.each([
  ["text", true, "", "  ", "needed"],
  ["text", false, "", "", null],
  ["text", true, "email", "a@b", "bad_email"],
  ["text", true, "email", "a@b.ee", null],
  ["text", false, "phone", "12", "bad_phone"],
  ["text", false, "phone", "+372 512 3456", null],
  ["consent", true, "", false, "needed"],
  ["consent", true, "", true, null],
] as const)("a %s question, required %s, checked as %j, answered %j: %s", (type, required, check, answer, want) => {
  expect(answerError({ type, required, check } as Question, answer)).toBe(want);
});

test("a file's limits are told before it is uploaded", () => {
  const t = { text: (name: string) => name, size: String } as unknown as Translator;
  const limits = { allowed: true, max_bytes: 10, blocked: ["image/svg+xml", ".exe", "video/*"] };
  expect(fileError({ name: "a.EXE", type: "", size: 1 }, limits, t)).toBe("not_taken");
  expect(fileError({ name: "a.svg", type: "image/svg+xml", size: 1 }, limits, t)).toBe("not_taken");
  expect(fileError({ name: "a.mp4", type: "video/mp4", size: 1 }, limits, t)).toBe("not_taken");
  expect(fileError({ name: "a.png", type: "image/png", size: 11 }, limits, t)).toBe("too_big");
  expect(fileError({ name: "a.png", type: "image/png", size: 10 }, limits, t)).toBeNull();
});
