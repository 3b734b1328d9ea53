import { describe, expect, it } from "vitest";

import { ownPresence } from "./presences";

const label = (
  presence: "available" | "busy" | "do_not_disturb" | "away",
  chosen: typeof presence | null = null,
  text: string | null = null,
) => ownPresence({ presence, chosen_presence: chosen, chosen_presence_text: text }).label;

describe("my presence", () => {
  it("that follows from the load is available until I have as many conversations as I take", () => {
    expect([label("available"), label("busy"), label("do_not_disturb")]).toEqual(["Available", "Available", "At capacity"]);
  });

  it("that I chose is what I chose", () => {
    expect([label("busy", "busy"), label("do_not_disturb", "do_not_disturb"), label("away", "away")]).toEqual([
      "Busy",
      "Do not disturb",
      "Away",
    ]);
    expect(label("away", "away", "Lunch")).toBe("Lunch");
  });
});
