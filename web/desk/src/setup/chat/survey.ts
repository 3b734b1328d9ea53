import { en } from "../../../../shared/widgetTexts";
import type { components } from "../../../../shared/schema";

type Schemas = components["schemas"];
export type Question = Schemas["Question"];

/** Texts are what a site says otherwise than the widget does, by language and name. */
export type Texts = Record<string, Record<string, string>>;

/** Survey is what a chat asks before it starts, and says in its own words. */
export interface Survey {
  questions: Question[];
  texts: Texts;
}

export const types: { value: Question["type"]; label: string }[] = [
  { value: "text", label: "Short text" },
  { value: "multiline", label: "Long text" },
  { value: "options", label: "Choice" },
  { value: "consent", label: "Consent" },
];

export const checks = [
  { value: "", label: "Anything" },
  { value: "email", label: "An e-mail address" },
  { value: "phone", label: "A phone number" },
];

export const mostQuestions = 10;

/** names of the widget's texts that sites change most; the others follow. */
const usual: (keyof typeof en)[] = [
  "title", "subtitle", "open_chat", "hello_live", "hello_persistent", "start", "waiting", "later", "nobody", "closed", "opens", "ended", "sign_in",
]; // prettier-ignore

export const builtIn: Record<string, string> = en;
export const usualTexts: string[] = usual;
export const otherTexts: string[] = Object.keys(en).filter((name) => !usualTexts.includes(name));

/** textLabel is a text's name as people read it. */
export const textLabel = (name: string): string => {
  const words = name.replaceAll("_", " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
};

/** languagesOf are those in which a survey says something, and the chat's own. */
export function languagesOf({ questions, texts }: Survey, own: string): string[] {
  const found = [own, ...questions.flatMap((q) => Object.keys(q.label)), ...Object.keys(texts)];
  return [...new Set(found)];
}

/** newQuestion is one with a name that no other has. */
export function newQuestion(questions: Question[]): Question {
  let n = questions.length + 1;
  while (questions.some((q) => q.name === `question_${n}`)) n++;
  return { name: `question_${n}`, type: "text", label: {}, required: false, check: "", options: null, meaning: "" };
}

/** moved puts a question one place up or down. */
export function moved(questions: Question[], at: number, by: -1 | 1): Question[] {
  const out = [...questions];
  const [one] = out.splice(at, 1);
  if (one) out.splice(at + by, 0, one);
  return out;
}

/** labelIn is a question's label as a visitor with this language reads it. */
export const labelIn = (q: Question, language: string): string => q.label[language] ?? q.label["en"] ?? Object.values(q.label)[0] ?? "";

/** problemOf says what is wrong with a question, or nothing. */
export function problemOf(q: Question, all: Question[]): string | undefined {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,99}$/.test(q.name)) return "A name has letters, digits and _, and begins with a letter.";
  if (all.filter((o) => o.name === q.name).length > 1) return "Another question has this name.";
  if (!Object.values(q.label).some((text) => text.trim())) return "Write the question in a language.";
  if (q.type === "options" && !q.options?.some((o) => o.trim())) return "List what can be chosen, one a line.";
  return undefined;
}

/** cleaned is a survey as the API takes it: without what is empty. */
export function cleaned({ questions, texts }: Survey): Survey {
  const filled = (of: Record<string, string>) => Object.fromEntries(Object.entries(of).filter(([, text]) => text.trim()));
  return {
    questions: questions.map((q) => ({
      ...q,
      label: filled(q.label),
      required: q.type === "consent" || q.required === true,
      check: q.type === "text" ? (q.check ?? "") : "",
      options: q.type === "options" ? (q.options ?? []).map((o) => o.trim()).filter(Boolean) : null,
      meaning: q.type === "text" ? (q.meaning ?? "") : "",
    })),
    texts: Object.fromEntries(Object.entries(texts).flatMap(([l, of]) => (Object.keys(filled(of)).length ? [[l, filled(of)]] : []))),
  };
}

export const same = (a: Survey, b: Survey): boolean => JSON.stringify(cleaned(a)) === JSON.stringify(cleaned(b));
