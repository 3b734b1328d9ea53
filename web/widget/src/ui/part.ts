import type { Chat } from "../core/chat.ts";
import type { Translator } from "../text/translator.ts";

/** Part are the props of every part of the panel. */
export interface Part {
  chat: Chat;
  t: Translator;
}
