import type { Chat } from "../core/chat.ts";
import type { Translator } from "../text/translator.ts";

/** Part is what every part of the panel is given. */
export interface Part {
  chat: Chat;
  t: Translator;
}
