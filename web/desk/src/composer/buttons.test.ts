import { beforeEach, describe, expect, it, vi } from "vitest";

import { resetState } from "../state/state";
import { clearStores, setStoreOwner } from "../ui/localStore";
import { draftButtons, buttonErrors, buttonsToSend, serverErrors, tooManyError } from "./buttons";
import { adoptServerDraft, draftOf, saveDraft, updateDraft } from "./drafts";

const named = (...titles: string[]) => titles.map((title) => ({ title }));

describe("composed buttons", () => {
  it("come back as their words, without those that say nothing", () => {
    expect(buttonsToSend(named(" Yes ", "", "No"))).toEqual([
      { title: "Yes", value: "Yes" },
      { title: "No", value: "No" },
    ]);
    expect(buttonsToSend()).toEqual([]);
  });

  it("are told what the API would refuse, at the one that is wrong", () => {
    expect(buttonErrors(named("12345678901234567890", "123456789012345678901", "1234567890123456789012"))).toEqual([
      undefined,
      "1 character over the limit",
      "2 characters over the limit",
    ]);
    expect(buttonErrors(named("🫖".repeat(20)))).toEqual([undefined]); // characters are counted, as the API does
    expect(buttonErrors(named("Yes", "No", "Yes "))).toEqual([undefined, undefined, "Another button has the same text"]);
    expect(buttonErrors(named("", ""))).toEqual([undefined, undefined]); // they are not sent
    expect(buttonErrors(named("a\tb"))).toEqual(["Contains a character that cannot be displayed"]);
  });

  it("are as many as the channel takes", () => {
    expect(tooManyError(named("a", "b", ""), 2)).toBeUndefined();
    expect(tooManyError(named("a", "b", "c"), 2)).toContain("up to 2");
    expect(tooManyError(named("a"), 0)).toContain("does not support");
    expect(tooManyError(named("a"), undefined)).toBeUndefined(); // not known yet: the server says
  });

  it("keep the value that a program gave them, and what the server said of each", () => {
    const fields = [
      { field: "text", reason: "is too long" },
      { field: "buttons[1].title", reason: "must not be empty" },
      { field: "buttons", reason: "are not carried by this channel" },
    ];
    const back = draftButtons([{ title: "Yes", value: "order-7-yes" }, ...buttonsToSend(named("No"))], fields);
    expect(back.buttons).toEqual([{ title: "Yes", value: "order-7-yes" }, { title: "No" }]);
    expect([serverErrors(back.refused, 0), serverErrors(back.refused, 1)]).toEqual([undefined, "This must not be empty"]);
    expect(serverErrors(back.refused)).toBe("These are not carried by this channel");
    expect(buttonErrors([{ title: "Yes", value: "No" }, ...named("No")])[1]).toContain("Another");
    expect(draftButtons().buttons).toBeUndefined();
  });
});

describe("buttons of a draft", () => {
  beforeEach(() => {
    resetState();
    setStoreOwner("me");
    clearStores();
    vi.stubGlobal("fetch", () => Promise.resolve(new Response("{}", { headers: { "Content-Type": "application/json" } })));
  });

  it("outlive a reload and what the server has of the text", async () => {
    updateDraft("c", { text: "Which one?", buttons: named("Celadon") });
    await saveDraft("c");
    adoptServerDraft("c", { mode: "reply", text: "Which teapot?", others: {} });
    expect(draftOf("c")).toMatchObject({ text: "Which teapot?", buttons: named("Celadon") });
    updateDraft("c", { text: "" });
    await saveDraft("c");
    expect(draftOf("c").buttons).toEqual(named("Celadon"));
    expect(localStorage.getItem("switchboard.me.drafts")).toContain("Celadon");
    updateDraft("c", { buttons: undefined });
    expect(localStorage.getItem("switchboard.me.drafts")).toBe("{}");
  });
});
