import { render } from "preact";
import type { Chat } from "../core/chat.ts";
import { wordsFor } from "../text/words.ts";
import { Panel } from "./panel.tsx";
import look from "./panel.css?inline";

/** Drawn is the panel on the page. */
export interface Drawn {
  readonly shown: boolean;
  open: () => void;
  close: () => void;
  repaint: () => Promise<void>;
}

/** draw puts the panel beside the button and keeps both as the chat is. */
export async function draw(chat: Chat, root: ShadowRoot, button: HTMLButtonElement): Promise<Drawn> {
  const { shared } = chat;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(look);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const place = document.createElement("div");
  root.append(place);
  const badge = document.createElement("span");
  badge.part.add("badge");
  badge.hidden = true;
  button.append(badge);
  let words = await wordsFor(shared);
  let shown = false;

  const repaint = () => {
    render(shown ? <Panel chat={chat} words={words} close={close} /> : null, place);
    const { unread } = chat;
    badge.hidden = shown || unread === 0;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    const name = words.say(shown ? "close_chat" : "open_chat");
    button.setAttribute("aria-label", unread && !shown ? `${name}, ${words.count("unread", unread)}` : name);
    button.setAttribute("aria-expanded", String(shown));
    (root.host as HTMLElement).toggleAttribute("data-open", shown);
  };
  const remember = () => {
    try {
      const name = `switchboard:${shared.settings.key}:open`;
      if (shown) sessionStorage.setItem(name, "1");
      else sessionStorage.removeItem(name);
    } catch {
      // the next page shows it closed
    }
  };
  const lookNow = () => {
    chat.look(shown && document.visibilityState === "visible");
  };
  const set = (to: boolean) => {
    if (to === shown) return;
    shown = to;
    button.hidden = false;
    remember();
    repaint();
    lookNow();
    if (!to) {
      button.focus();
      chat.rest();
    }
  };
  const close = () => {
    set(false);
    shared.emit("close");
  };
  chat.subscribe(repaint);
  document.addEventListener("visibilitychange", lookNow);
  repaint();
  return {
    get shown() {
      return shown;
    },
    open: () => {
      set(true);
    },
    close: () => {
      set(false);
    },
    repaint: async () => {
      words = await wordsFor(shared);
      repaint();
    },
  };
}
