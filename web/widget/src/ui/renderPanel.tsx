import { render } from "preact";
import type { Chat } from "../core/chat.ts";
import { tabStorage } from "../core/storage.ts";
import { loadTranslator } from "../text/translator.ts";
import { Panel } from "./panel.tsx";
import styles from "./panel.css?inline";

/** PanelHandle controls the panel on the page. */
export interface PanelHandle {
  readonly shown: boolean;
  open: () => void;
  close: () => void;
  repaint: () => Promise<void>;
}

/** renderPanel adds the panel beside the button and renders both on every change of the chat. */
export async function renderPanel(chat: Chat, root: ShadowRoot, button: HTMLButtonElement): Promise<PanelHandle> {
  const { shared } = chat;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(styles);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
  const place = document.createElement("div");
  root.append(place);
  const badge = document.createElement("span");
  badge.part.add("badge");
  badge.hidden = true;
  button.append(badge);
  let t = await loadTranslator(shared);
  let shown = false;

  const repaint = () => {
    render(shown ? <Panel chat={chat} t={t} close={close} /> : null, place);
    const { unread } = chat;
    badge.hidden = shown || unread === 0;
    badge.textContent = unread > 99 ? "99+" : String(unread);
    const name = t.text(shown ? "close_chat" : "open_chat");
    button.setAttribute("aria-label", unread && !shown ? `${name}, ${t.count("unread", unread)}` : name);
    button.setAttribute("aria-expanded", String(shown));
    (root.host as HTMLElement).toggleAttribute("data-open", shown);
  };
  const remember = () => {
    const name = `switchboard:${shared.settings.key}:open`;
    if (shown) tabStorage.set(name, "1");
    else tabStorage.remove(name);
  };
  const updateVisible = () => {
    chat.setVisible(shown && document.visibilityState === "visible");
  };
  const set = (to: boolean) => {
    if (to === shown) return;
    shown = to;
    button.hidden = false;
    remember();
    repaint();
    updateVisible();
    if (!to) {
      button.focus();
      chat.panelClosed();
    }
  };
  const close = () => {
    set(false);
    shared.emit("close");
  };
  chat.subscribe(repaint);
  document.addEventListener("visibilitychange", updateVisible);
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
      t = await loadTranslator(shared);
      repaint();
    },
  };
}
