import { expect, test } from "vitest";

import { objectName, pageOf, whatChanged } from "./audit";

test("changes are said in words", () => {
  expect(
    whatChanged({
      name: { from: "A", to: "B" },
      secret: { changed: true },
      disabled: { from: false, to: true },
      queue_id: { to: null },
      role: { from: "agent" },
    }),
  ).toEqual(["Disabled: off → on", "Name: A → B", "Queue id: nothing", "Role: agent", "Secret changed"]);
  expect(whatChanged({})).toEqual([]);
  expect(whatChanged({ text: { to: "x".repeat(200) } })[0]).toHaveLength("Text: ".length + 81);
});

test("objects have names and pages", () => {
  expect(objectName("operating_hours")).toBe("Operating hours");
  expect(objectName("agent")).toBe("Person");
  expect(pageOf("queue")).toBe("/setup/queues/$id");
  expect(pageOf("consent")).toBeUndefined();
});
