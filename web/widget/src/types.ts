/** The visitor's side of the contract, as generated from api/openapi.yaml, and what pages may set. */
import type { components } from "../../shared/schema";

type Schemas = components["schemas"];

export type Language = "en" | "nl" | "fi" | "et" | "ja";

export type Question = Schemas["Question"];
/** What a page may set of it comes alone. */
export type Appearance = Partial<Schemas["WidgetAppearance"]>;
export type Settings = Schemas["ChatSettings"];
export type Person = NonNullable<Schemas["ChatPerson"]>;
export type Thread = Schemas["ChatThread"];
export type Attachment = NonNullable<Schemas["ChatMessage"]["attachments"]>[number];

export interface Button {
  title: string;
  value: string;
}

/** A message's data is as its type has it: buttons carry these. */
export type Message = Omit<Schemas["ChatMessage"], "data"> & { data: { buttons?: Button[]; title?: string } | null };

export interface FieldError {
  field: string;
  reason: string;
}

/** Context of the page, given to the conversation's agent. */
export type Context = Record<string, string | number | boolean>;
export type ContextProvider = Context | (() => Context | Promise<Context>);
/** TokenProvider returns the site's token for its visitor, or null if nobody is signed in. */
export type TokenProvider = () => string | null | undefined | Promise<string | null | undefined>;

/** What a page may set, by data attributes or Switchboard.configure. */
export interface Options {
  api: string;
  key: string;
  language?: string | undefined;
  color?: string | undefined;
  textColor?: string | undefined;
  position?: string | undefined;
  title?: string | undefined;
  theme?: string | undefined;
  headless?: boolean | undefined;
  texts?: Record<string, string> | undefined;
}

export type Events =
  "ready" | "open" | "close" | "started" | "continued" | "queued" | "ended" | "message" | "sent" | "thread" | "typing" | "unread" | "error";

/** What the loader and the app share, including what the page set before the app was loaded. */
export interface Shared {
  options: Options;
  settings: Settings;
  context: ContextProvider | null;
  token: TokenProvider | null;
  emit: (event: Events, detail?: unknown) => void;
}
