import { describe, expect, it } from "vitest";

import { conversation } from "../testing/make";
import { allowedCommands } from "./commands";

describe("what can be done", () => {
  it("is parking where the customer may come back, and giving back where a live chat cannot wait", () => {
    expect(allowedCommands(conversation({ style: "messaging" }), true)).toEqual(["park", "end", "release"]);
    expect(allowedCommands(conversation({ style: "persistent" }), true)).toEqual(["park", "end", "release"]);
    expect(allowedCommands(conversation({ style: "live" }), true)).toEqual(["end", "release"]);
  });

  it("is nothing with what a colleague has, and taking what is offered to nobody", () => {
    expect(allowedCommands(conversation({ style: "live" }), false)).toEqual([]);
    expect(allowedCommands(conversation({ style: "live", state: "open", agent: null }), false)).toEqual(["pick"]);
  });
});
