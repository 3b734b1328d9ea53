import { describe, expect, it } from "vitest";

import { conversation } from "../testing/make";
import { allowed } from "./commands";

describe("what can be done", () => {
  it("is parking where the customer may come back, and giving back where a live chat cannot wait", () => {
    expect(allowed(conversation({ style: "messaging" }), true)).toEqual(["park", "end", "release"]);
    expect(allowed(conversation({ style: "persistent" }), true)).toEqual(["park", "end", "release"]);
    expect(allowed(conversation({ style: "live" }), true)).toEqual(["end", "release"]);
  });

  it("is nothing with what a colleague has, and taking what is offered to nobody", () => {
    expect(allowed(conversation({ style: "live" }), false)).toEqual([]);
    expect(allowed(conversation({ style: "live", state: "open", agent: null }), false)).toEqual(["pick"]);
  });
});
