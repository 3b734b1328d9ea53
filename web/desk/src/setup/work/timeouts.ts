import type { components } from "../../../../shared/schema";
import type { Field, Values } from "../form/fields";
import { formatDuration } from "../../ui/time";

export type TimeoutRule = components["schemas"]["TimeoutRule"];

const silences = [
  { value: "customer", label: "The customer does not answer" },
  { value: "agent", label: "The agent does not answer" },
];

const actions = [
  { value: "message_customer", label: "Write to the customer" },
  { value: "message_agent", label: "Write to the agent only" },
  { value: "requeue", label: "Give it back to the queue" },
  { value: "close", label: "Close the conversation" },
];

const does: Record<TimeoutRule["action"], string> = {
  message_customer: "write to the customer",
  message_agent: "write to the agent",
  requeue: "give it back to the queue",
  close: "close the conversation",
};

/** timeoutSentence says what a rule does: "After 10 m without an answer from the customer, write to the customer." */
export const timeoutSentence = (r: TimeoutRule): string =>
  `After ${formatDuration(r.after * 1000)} without an answer from the ${r.silent}, ${does[r.action]}.`;

const says = (all: Values) => all["action"] === "message_customer" || all["action"] === "message_agent";
const nameOf = (language: string) => new Intl.DisplayNames(["en"], { type: "language" }).of(language) ?? language;
const usual = ["en", "nl", "et", "fr", "de"];

/** timeoutFields are a rule's, with a text for every language that it has. */
export function timeoutFields(texts: Record<string, string>): Field[] {
  const languages = [...new Set([...Object.keys(texts), ...usual])];
  return [
    { name: "name", label: "Name", kind: "text", required: true, maxLength: 100 },
    { name: "silent", label: "When", kind: "select", required: true, options: silences },
    {
      name: "minutes",
      label: "For (minutes)",
      kind: "number",
      required: true,
      min: 1,
      help: "Counted from the agent’s last message, or from the customer’s first one without an answer.",
    },
    { name: "action", label: "Then", kind: "select", required: true, options: actions },
    ...languages.map((l): Field => ({ name: `texts.${l}`, label: `Text in ${nameOf(l)}`, kind: "multiline", when: says })),
    {
      name: "priority",
      label: "Priority",
      kind: "number",
      required: true,
      min: 0,
      help: "Of two that are due together the lower comes first.",
    },
    { name: "enabled", label: "Enabled", kind: "switch" },
  ];
}

/** timeoutValues are a rule as the form has it. */
export function timeoutValues(r: TimeoutRule): Values {
  const texts = Object.fromEntries(timeoutFields(r.texts).flatMap((f) => (f.name.startsWith("texts.") ? [[f.name, ""]] : [])));
  for (const [l, text] of Object.entries(r.texts)) texts[`texts.${l}`] = text;
  return {
    name: r.name,
    silent: r.silent,
    minutes: Math.round((r.after / 60) * 100) / 100,
    action: r.action,
    priority: r.priority,
    enabled: r.enabled,
    ...texts,
  };
}

/** timeoutBody is what changed as the API takes it; texts go as a whole. */
export function timeoutBody(changes: Values, all: Values): Record<string, unknown> {
  const body: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(changes)) {
    if (name === "minutes") body["after"] = Math.round(Number(value) * 60);
    else if (!name.startsWith("texts.")) body[name] = value;
  }
  const typed = Object.entries(all).flatMap(([name, value]) =>
    name.startsWith("texts.") && String(value ?? "").trim() !== "" ? [[name.slice("texts.".length), String(value)]] : [],
  );
  if (says(all) && (Object.keys(changes).some((name) => name.startsWith("texts.")) || "action" in changes))
    body["texts"] = Object.fromEntries(typed);
  return body;
}

/** newTimeout is how a rule begins. */
export const newTimeout: Values = {
  name: "",
  silent: "customer",
  minutes: 10,
  action: "message_customer",
  priority: 100,
  enabled: true,
  ...Object.fromEntries(usual.map((l) => [`texts.${l}`, ""])),
};
