import type { Chat } from "../core/chat.ts";
import type { Words } from "../text/words.ts";

/** Part is what every part of the panel is given. */
export interface Part {
  chat: Chat;
  words: Words;
}
