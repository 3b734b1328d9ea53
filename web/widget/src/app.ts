import { Chat } from "./core/chat.ts";
import type { Message, Shared, Thread } from "./types.ts";
import { renderPanel } from "./ui/renderPanel.tsx";

/** Snapshot is the state that a headless page renders. */
export interface Snapshot {
  view: Chat["view"];
  thread: Thread | null;
  messages: Message[];
  pending: Chat["pending"];
  unread: number;
  online: boolean;
  typing: string | null;
}

/** App is what window.Switchboard does once it is loaded. */
export interface App {
  open: () => Promise<void>;
  close: () => void;
  toggle: () => Promise<void>;
  /** start starts a chat without the survey, whose answers may be given. */
  start: (given?: { answers?: Record<string, unknown>; reconnect?: string; language?: string }) => Promise<void>;
  end: () => Promise<void>;
  send: (text: string, files?: File[]) => Promise<void>;
  signOut: () => Promise<void>;
  state: () => Snapshot;
  /** subscribe calls back whenever the state changed. */
  subscribe: (listener: (s: Snapshot) => void) => () => void;
  repaint: () => Promise<void>;
}

/** mount starts the chat, headless if there is no root. */
export async function mount(shared: Shared, root: ShadowRoot | null, button: HTMLButtonElement | null): Promise<App> {
  const chat = new Chat(shared);
  const panel = root && button ? await renderPanel(chat, root, button) : null;
  const state = (): Snapshot => ({
    view: chat.view,
    thread: chat.thread,
    messages: chat.messages,
    pending: chat.pending,
    unread: chat.unread,
    online: chat.online,
    typing: chat.typing,
  });
  const open = async () => {
    panel?.open();
    shared.emit("open");
    await chat.open();
  };
  const close = () => {
    panel?.close();
    shared.emit("close");
  };
  if (chat.known) void chat.open();
  return {
    open,
    close,
    toggle: async () => {
      if (panel?.shown) close();
      else await open();
    },
    start: async (given = {}) => {
      panel?.open();
      await chat.begin({ ...given }).catch((err: unknown) => chat.showError(err));
    },
    end: () => chat.end(),
    send: (text, files) => chat.send(text, files),
    signOut: () => chat.signOut(),
    state,
    subscribe: (listener) =>
      chat.subscribe(() => {
        listener(state());
      }),
    repaint: async () => panel?.repaint(),
  };
}
