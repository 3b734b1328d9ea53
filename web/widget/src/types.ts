/** The visitor's side of the contract; see api/openapi.yaml. */

export type Language = "en" | "nl" | "fi" | "et";

export interface Question {
  name: string;
  type: "text" | "multiline" | "options" | "consent";
  label: Record<string, string>;
  required: boolean;
  check: "" | "email" | "phone";
  options?: string[] | null;
}

export interface Appearance {
  title?: string;
  subtitle?: string;
  color?: string;
  text_color?: string;
  logo_url?: string;
  position?: "right" | "left";
  offline_title?: string;
  offline_subtitle?: string;
  hide_offline?: boolean;
}

export interface Settings {
  key: string;
  style: "live" | "persistent";
  language: string;
  appearance: Appearance;
  texts: Record<string, Record<string, string>>;
  open: boolean;
  opens_at: string | null;
  agents_available: boolean;
  authentication: "none" | "optional" | "required";
  pre_chat: Question[] | null;
  reconnect: boolean;
  files: { allowed: boolean; max_bytes: number; blocked: string[] | null };
  limits: { max_text: number; max_attachments: number };
  transcript: boolean;
  sound: boolean;
}

export interface Person {
  name: string;
}

export interface Thread {
  visitor_id: string;
  authenticated: boolean;
  state: "none" | "waiting" | "active" | "ended";
  conversation_id: string | null;
  agent: Person | null;
  queue: { ahead: number; wait: { from: number; to: number } | null } | null;
  open: boolean;
  opens_at: string | null;
  agents_available: boolean;
  unread: number;
  read_seq: number;
  agent_read_seq: number;
  can_end: boolean;
  can_write: boolean;
  /** While a live chat whose visitor left is kept for them. */
  held_until?: string | null;
}

export interface Attachment {
  id: string;
  name: string;
  content_type: string;
  size: number;
  url: string | null;
  preview_url: string | null;
}

export interface Button {
  title: string;
  value: string;
}

export interface Message {
  id: string;
  seq: number;
  conversation_id: string;
  from: "visitor" | "agent" | "system";
  agent: Person | null;
  type: string;
  text: string;
  data: { buttons?: Button[]; title?: string } | null;
  attachments: Attachment[] | null;
  client_id: string | null;
  at: string;
  redacted: boolean;
}

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
