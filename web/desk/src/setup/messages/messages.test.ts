import { expect, test } from "vitest";

import { checkPlaceholders, filled, placeholdersOf } from "./placeholders";
import { textsOf, withTexts } from "./texts";

test("placeholders in the three ways they are written", () => {
  expect(placeholdersOf("Hi {Name}, {{ Order }} and {$Day$}, {Name} again, {not one}")).toEqual(["Name", "Order", "Day"]);
  expect(filled("Hi {Name}, {{1}} and {$Day$}: {Other}", { Name: "Ada", "1": "42", Day: "Monday" })).toBe("Hi Ada, 42 and Monday: {Other}");
  expect(checkPlaceholders(["QueueName"])("{QueueName} is full")).toBeUndefined();
  expect(checkPlaceholders(["QueueName"])("{QueName} is full")).toMatch(/Nothing fills {QueName}. There are {QueueName}/);
});

test("texts of a form by language, without the empty ones", () => {
  expect(textsOf({ title: "x", "texts.en": "Hello", "texts.nl": " " })).toEqual({ en: "Hello" });
  expect(withTexts({ en: "Hello", nl: "Dag" }, { nl: "", et: "Tere" })).toEqual({ en: "Hello", et: "Tere" });
  expect(withTexts({ en: "Hello" }, undefined)).toEqual({ en: "Hello" });
});
