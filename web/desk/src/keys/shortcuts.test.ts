import { describe, expect, it } from "vitest";

import { isComposing } from "../../../shared/composition";
import { keyOf } from "./shortcuts";

const pressed = (key: string, code: string) => keyOf({ key, code });

describe("F25: single letters", () => {
  it.each([
    ["Cyrillic", "к", "KeyR", "r"],
    ["Cyrillic, with Shift", "К", "KeyR", "r"],
    ["Greek", "ρ", "KeyR", "r"],
    ["Hebrew", "ר", "KeyR", "r"],
    ["Arabic", "ق", "KeyR", "r"],
    ["Korean", "ㄱ", "KeyR", "r"],
    ["Japanese, kana", "す", "KeyR", "r"],
    ["Thai", "พ", "KeyR", "r"],
    ["an input method", "Process", "KeyR", "r"],
    ["full width", "ｒ", "KeyR", "r"],
  ])("are those of the same place on a keyboard that is %s", (_, key, code, want) => {
    expect(pressed(key, code)).toBe(want);
  });

  it("are what the key says where it says a Latin letter, wherever it lies", () => {
    expect(pressed("a", "KeyQ")).toBe("a"); // French
    expect(pressed("q", "KeyA")).toBe("q");
    expect(pressed("r", "KeyO")).toBe("r"); // Dvorak
    expect(pressed("è", "KeyT")).toBe("è"); // Bépo: no T
    expect(pressed("é", "Digit2")).toBe("é");
    expect(pressed("R", "KeyR")).toBe("r"); // Caps Lock
  });

  it("find help by the question mark of Arabic and of full width too", () => {
    expect(pressed("?", "Slash")).toBe("?");
    expect(pressed("؟", "Slash")).toBe("?");
    expect(pressed("？", "Slash")).toBe("?");
    expect(pressed("Enter", "Enter")).toBe("enter");
  });
});

describe("F07: an input method's keys", () => {
  it.each([
    ["Chrome and Firefox", { isComposing: true, keyCode: 229 }, true],
    ["Safari, after the composition ended", { isComposing: false, keyCode: 229 }, true],
    ["nobody", { isComposing: false, keyCode: 13 }, false],
  ])("are those of %s", (_, init, want) => {
    expect(isComposing(init as KeyboardEvent)).toBe(want);
  });
});
