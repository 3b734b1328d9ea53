import { beforeEach, describe, expect, it, vi } from "vitest";

import { forgetAll, keepFor } from "../ui/localStore";
import { buttonsOf, mistakes, offering, refusals, tooMany } from "./buttons";
import { adopt, draftOf, keep, write } from "./drafts";

const named = (...titles: string[]) => titles.map((title) => ({ title }));

describe("composed buttons", () => {
  it("come back as their words, without those that say nothing", () => {
    expect(offering(named(" Yes ", "", "No"))).toEqual([
      { title: "Yes", value: "Yes" },
      { title: "No", value: "No" },
    ]);
    expect(offering()).toEqual([]);
  });

  it("are told what the API would refuse, at the one that is wrong", () => {
    expect(mistakes(named("12345678901234567890", "123456789012345678901", "1234567890123456789012"))).toEqual([
      undefined,
      "1 character more than fit here",
      "2 characters more than fit here",
    ]);
    expect(mistakes(named("🫖".repeat(20)))).toEqual([undefined]); // characters are counted, as the API does
    expect(mistakes(named("Yes", "No", "Yes "))).toEqual([undefined, undefined, "Another button says this already"]);
    expect(mistakes(named("", ""))).toEqual([undefined, undefined]); // they are not sent
    expect(mistakes(named("a\tb"))).toEqual(["This has a character that cannot be shown"]);
  });

  it("are as many as the channel takes", () => {
    expect(tooMany(named("a", "b", ""), 2)).toBeUndefined();
    expect(tooMany(named("a", "b", "c"), 2)).toContain("At most 2");
    expect(tooMany(named("a"), 0)).toContain("no buttons");
    expect(tooMany(named("a"), undefined)).toBeUndefined(); // not known yet: the server says
  });

  it("keep the value that a program gave them, and what the server said of each", () => {
    const fields = [
      { field: "text", reason: "is too long" },
      { field: "buttons[1].title", reason: "must not be empty" },
      { field: "buttons", reason: "are not carried by this channel" },
    ];
    const back = buttonsOf([{ title: "Yes", value: "order-7-yes" }, ...offering(named("No"))], fields);
    expect(back.buttons).toEqual([{ title: "Yes", value: "order-7-yes" }, { title: "No" }]);
    expect([refusals(back.refused, 0), refusals(back.refused, 1)]).toEqual([undefined, "This must not be empty"]);
    expect(refusals(back.refused)).toBe("These are not carried by this channel");
    expect(mistakes([{ title: "Yes", value: "No" }, ...named("No")])[1]).toContain("Another");
    expect(buttonsOf().buttons).toBeUndefined();
  });
});

describe("buttons of a draft", () => {
  beforeEach(() => {
    keepFor("me");
    forgetAll();
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { headers: { "Content-Type": "application/json" } })));
  });

  it("outlive a reload and what the server has of the text", async () => {
    write("c", { text: "Which one?", buttons: named("Celadon") });
    await keep("c");
    adopt("c", { mode: "reply", text: "Which teapot?" });
    expect(draftOf("c")).toMatchObject({ text: "Which teapot?", buttons: named("Celadon") });
    write("c", { text: "" });
    await keep("c");
    expect(draftOf("c").buttons).toEqual(named("Celadon"));
    expect(localStorage.getItem("switchboard.me.drafts")).toContain("Celadon");
    write("c", { buttons: undefined });
    expect(localStorage.getItem("switchboard.me.drafts")).toBe("{}");
  });
});
