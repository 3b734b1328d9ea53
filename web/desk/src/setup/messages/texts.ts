import type { Field, Values } from "../form/fields";
import { languageName } from "./languages";

const prefix = "texts.";

/** textFields are one field for each language of a text. */
export const textFields = (languages: string[], more: Partial<Field> = {}): Field[] =>
  languages.map((l): Field => ({ name: prefix + l, label: languageName(l), kind: "multiline", group: "Texts", ...more }));

/** textsOf are the texts that a form holds, without the empty ones. */
export const textsOf = (now: Values): Record<string, string> =>
  Object.fromEntries(
    Object.entries(now).flatMap(([name, text]) =>
      name.startsWith(prefix) && typeof text === "string" && text.trim() ? [[name.slice(prefix.length), text]] : [],
    ),
  );

/** withTexts are the texts that are there then; one that was emptied goes. */
export const withTexts = (before: Record<string, string>, changed: Record<string, string> | undefined): Record<string, string> =>
  Object.fromEntries(Object.entries({ ...before, ...changed }).filter(([, text]) => text.trim()));
