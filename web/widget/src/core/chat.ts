import type { Button, Message, Settings, Shared, Thread } from "../types.ts";
import { Api, retryable, Problem } from "./api.ts";
import { tabStorage, WidgetStorage } from "./storage.ts";
import { SharedStream } from "./sharedStream.ts";
import { buttons, merge, unread, visible } from "./messages.ts";
import { Outbox, type Pending } from "./outbox.ts";
import { Session } from "./session.ts";
import type { Frame } from "./stream.ts";

/** View is the panel's current view. */
export type View = "loading" | "closed" | "sign-in" | "survey" | "resume" | "chat";

/** Chat is a visitor's thread with a widget, without any rendering. */
export class Chat {
  thread: Thread | null = null;
  typing: string | null = null;
  view: View = "loading";
  /** more tells whether there are earlier messages to fetch. */
  more = false;
  /** confirming tells whether the visitor is asked to confirm the end. */
  confirming = false;
  /** refusal is the server's code why the chat cannot start. */
  refusal: string | null = null;

  readonly outbox: Outbox;
  readonly #api: Api;
  readonly #session: Session;
  readonly #storage: WidgetStorage;
  readonly #stream: SharedStream;
  readonly #listeners = new Set<() => void>();
  #all: Message[] = [];
  #answers: Record<string, unknown> | null = null;
  #restarting = false;
  #opened = false;
  #joinedAs: string | undefined;
  #lastUnread = 0;
  #deliveredTo = 0;
  #readTo = 0;
  #told = 0; // how often the stream told the thread
  #visible = false;
  #typingTimer: ReturnType<typeof setTimeout> | undefined;
  #typedAt = 0;

  constructor(readonly shared: Shared) {
    this.#storage = new WidgetStorage(shared.settings.key);
    this.#session = new Session(this.#storage, shared);
    this.#api = this.#session.api = new Api(shared.options.api, shared.settings.key, () => this.#session.token);
    this.outbox = new Outbox(this.#storage, {
      api: this.#api,
      ready: this.#ready,
      sent: this.#onSent,
      onRejected: this.#onRejected,
      changed: this.#changed,
    });
    const events = (cursor: string, signal: AbortSignal) =>
      this.#api.fetch("GET", "/events", { signal, headers: cursor ? { "Last-Event-ID": cursor } : {} });
    this.#stream = new SharedStream(this.#storage.prefix + "line", events, {
      onFrame: this.#onFrame,
      changed: this.#onStream,
      refused: (p) => void this.#onRejected(p),
    });
    addEventListener("online", this.outbox.wake);
    addEventListener("storage", this.#onStorage);
  }

  get online(): boolean {
    return this.#stream.online;
  }

  get #joined(): boolean {
    return this.#stream.signal !== undefined;
  }

  get settings() {
    return this.shared.settings;
  }

  /** messages are the server's messages that the visitor sees. */
  get messages(): Message[] {
    return this.#restarting ? [] : visible(this.#all, this.settings.style, this.thread?.conversation_id);
  }

  get pending(): Pending[] {
    const known = new Set(this.#all.map((m) => m.client_id));
    return this.outbox.list().filter((p) => !known.has(p.client_id));
  }

  get buttons(): Button[] {
    return this.pending.length ? [] : buttons(this.messages);
  }

  get unread(): number {
    return this.thread ? unread(this.messages, Math.max(this.#readTo, this.thread.read_seq)) : 0;
  }

  /** known tells whether this browser has a session with the widget. */
  get known(): boolean {
    return this.#session.token !== undefined;
  }

  get ended(): boolean {
    return this.thread?.state === "ended" && !this.#restarting;
  }

  subscribe(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** open resumes this browser's thread, or shows how to start one. */
  async open(): Promise<void> {
    if (this.#joined) return;
    this.#opened = true;
    try {
      await this.#session.reconcile();
      if (this.#session.token) await this.#resume();
      else await this.#welcome();
    } catch (err) {
      await this.#onError(err, () => this.open());
    }
  }

  /** onStorage follows what another tab started, sent or ended. */
  readonly #onStorage = (e: StorageEvent): void => {
    if (e.key !== null && !e.key.startsWith(this.#storage.prefix)) return;
    const token = this.#session.token;
    if (this.#opened && token !== this.#joinedAs && (token || this.#joined)) {
      this.#reset();
      void this.open();
    }
    this.#changed();
  };

  async #resume(): Promise<void> {
    const thread = await this.#api.json<Thread>("GET", "/thread");
    this.thread = thread;
    const asked = this.settings.style === "live" && thread.held_until && this.settings.reconnect;
    if (asked && !tabStorage.get(this.#storage.prefix + "here")) this.#show("resume");
    else if (thread.state === "none" && this.settings.style === "live") await this.#welcome();
    else this.enter();
  }

  /** enter resumes the thread. */
  enter(): void {
    this.#join();
    this.#show("chat");
    this.shared.emit("continued", this.thread);
  }

  /** restart leaves the current thread and starts another. */
  async restart(): Promise<void> {
    if (this.thread?.can_end) await this.end();
    this.#restarting = true;
    this.#answers = null;
    await this.#welcome();
  }

  async #welcome(): Promise<void> {
    const s = this.settings;
    if (s.style === "live" && !s.open) return this.#show("closed");
    if (s.authentication !== "none") {
      const claim = await this.#session.claim();
      if (!claim && s.authentication === "required") return this.#show("sign-in");
      // Signed-in visitors see their history before they write.
      if (claim && s.style === "persistent" && !s.pre_chat?.length) return this.begin({});
    }
    this.#show(s.pre_chat?.length && !this.#answers ? "survey" : "chat");
    void this.#refreshSettings();
  }

  /** refreshSettings updates the availability: the page may have been open for hours. */
  async #refreshSettings(): Promise<void> {
    const now = await this.#api.json<Settings>("GET", "").catch(() => null);
    if (!now) return;
    const { open, opens_at, agents_available } = now;
    Object.assign(this.settings, { open, opens_at, agents_available });
    this.#changed();
  }

  /** begin starts the chat, with the survey's answers if there are any. */
  async begin(more: Record<string, unknown>): Promise<void> {
    const language = this.shared.options.language ?? this.settings.language;
    this.thread = await this.#session.start({ language, ...(this.#answers ? { answers: this.#answers } : {}), ...more });
    this.#restarting = false;
    this.refusal = null;
    this.#join();
    this.#show("chat");
    this.shared.emit("started", this.thread);
  }

  /** answer starts the chat with the survey's answers, and throws the Problem if they are refused. */
  async answer(answers: Record<string, unknown>): Promise<void> {
    this.#answers = answers;
    try {
      await this.begin({});
    } catch (err) {
      this.#answers = null;
      throw err;
    }
  }

  /** ready is what the outbox waits for before it sends. */
  readonly #ready = async (): Promise<void> => {
    if (this.#session.token && !this.#restarting) {
      this.#join();
      return;
    }
    try {
      await this.begin({});
    } catch (err) {
      if (!retryable(err)) await this.#onError(err);
      throw err;
    }
  };

  send(text: string, files: File[] = [], postback: Button | null = null): Promise<void> {
    return this.outbox.add(text, files, postback);
  }

  confirmEnd(asking = true): void {
    this.confirming = asking;
    this.#changed();
  }

  async end(): Promise<void> {
    this.confirming = false;
    const { thread } = await this.#api.json<{ thread: Thread }>("POST", "/end");
    this.#setThread(thread);
  }

  /** panelClosed forgets a live chat that has ended. */
  panelClosed(): void {
    if (!this.ended || this.settings.style !== "live") return;
    this.#session.forget();
    this.#reset();
    this.#opened = false;
    this.#answers = null;
    this.#show("loading");
  }

  /** showError shows an error. */
  showError(err: unknown): Promise<void> {
    return this.#onError(err);
  }

  /** signOut forgets the visitor, as when they sign out of the site. */
  async signOut(): Promise<void> {
    await this.#session.signOut();
    for (const p of this.outbox.list()) this.outbox.discard(p);
    this.#reset();
    this.#show("loading");
  }

  transcript(): Promise<Blob> {
    return this.#api.fetch("GET", "/transcript?format=text").then((r) => r.blob());
  }

  /** loadEarlier fetches a page of history. */
  async loadEarlier(): Promise<void> {
    const first = this.#all[0]?.seq;
    if (!first || !this.more) return;
    const page = await this.#page(`before=${String(first)}`);
    this.more = page.length === pageSize;
    this.#addMessages(page);
  }

  /** sendTyping tells the agent that the visitor is typing. */
  sendTyping(): void {
    if (!this.thread || !this.#joined || Date.now() - this.#typedAt < 3_000) return;
    this.#typedAt = Date.now();
    void this.#api.json("POST", "/typing").catch(() => undefined);
  }

  /** setVisible says whether the thread is visible; visible messages are read. */
  setVisible(looks: boolean): void {
    this.#visible = looks;
    this.#sendReceipts();
  }

  #sendReceipts(): void {
    const last = this.messages.findLast((m) => m.from !== "visitor")?.seq ?? 0;
    if (!this.thread) return;
    const read = this.#visible && last > Math.max(this.#readTo, this.thread.read_seq);
    const delivered = this.#stream.leading && last > this.#deliveredTo;
    if (!read && !delivered) return;
    this.#deliveredTo = last;
    if (read) this.#readTo = last;
    this.#api.json("POST", "/receipts", { delivered: last, ...(read ? { read: last } : {}) }).catch(() => {
      this.#deliveredTo = this.#readTo = 0; // receipts are sent again later
    });
  }

  /** join opens the stream, once. */
  #join(): void {
    if (this.#joined) return;
    this.#joinedAs = this.#session.token;
    tabStorage.set(this.#storage.prefix + "here", "1");
    void this.#resync(this.#stream.join());
    this.outbox.wake();
  }

  /**
   * resync fetches the thread. The stream is open before that, so that nothing is missed in between; what it
   * tells meanwhile is newer.
   */
  async #resync(signal?: AbortSignal, replace = false): Promise<void> {
    for (let pause = 500; !signal?.aborted; pause = Math.min(pause * 2, 15_000)) {
      const told = this.#told;
      try {
        const [thread, page] = await Promise.all([this.#api.json<Thread>("GET", "/thread"), this.#page("")]);
        if (replace) this.#all = [];
        if ((page[0]?.seq ?? 0) <= (this.#all[0]?.seq ?? Infinity)) this.more = page.length === pageSize;
        this.#addMessages(page);
        if (told === this.#told) this.#setThread(thread);
        return;
      } catch (err) {
        if (!retryable(err)) return this.#onError(err);
        await new Promise((r) => setTimeout(r, pause));
      }
    }
  }

  async #page(query: string): Promise<Message[]> {
    const got = await this.#api.json<{ items: Message[] }>("GET", `/messages?limit=${String(pageSize)}&${query}`);
    return got.items;
  }

  readonly #onFrame = ({ event, data }: Frame): void => {
    switch (event) {
      case "hello":
        return this.#onHello((data as { thread: Thread }).thread);
      case "message":
      case "message.updated":
        return this.#onMessage(data as Message, event === "message");
      case "thread":
        this.#told++;
        return this.#setThread(data as Thread);
      case "typing":
        return this.#setTyping(data as { agent: { name: string } | null; for: number });
      case "reset":
        void this.#resync(this.#stream.signal, true);
        return;
      case "bye":
        return this.#onBye((data as { reason: string }).reason);
    }
  };

  /** onBye handles the reason for which the server ends a stream. */
  #onBye(reason: string): void {
    if (reason === "revoked") void this.#onRejected(new Problem(401, "unauthenticated", ""));
    if (reason !== "signed_in") return;
    this.#reset(); // the thread is another now: that of who signed in
    void this.open();
  }

  #onHello(thread: Thread): void {
    this.#stream.set(true);
    this.#told++;
    this.#setThread(thread);
    this.outbox.wake();
    // Fetch what was sent before the stream opened; with a cursor the server sends it.
    if (this.#stream.fresh) void this.#resync(this.#stream.signal);
  }

  #onMessage(m: Message, fresh: boolean): void {
    const known = this.#all.some((old) => old.id === m.id);
    this.#addMessages([m]);
    if (m.from === "agent") this.#setTyping(null);
    if (fresh && !known && m.from !== "visitor") this.shared.emit("message", m);
  }

  readonly #onSent = (m: Message): void => {
    this.#addMessages([m]);
    this.shared.emit("sent", m);
  };

  #addMessages(more: Message[]): void {
    this.#all = merge(this.#all, more);
    this.outbox.confirmed(more);
    this.#sendReceipts();
    this.#changed();
  }

  #setThread(thread: Thread): void {
    const was = this.thread;
    this.thread = thread;
    this.#sendReceipts();
    this.#changed();
    this.shared.emit("thread", thread);
    if (thread.queue && !was?.queue) this.shared.emit("queued", thread.queue);
    if (thread.state === "ended" && was && was.state !== "ended") this.shared.emit("ended", thread);
  }

  #setTyping(t: { agent: { name: string } | null; for: number } | null): void {
    clearTimeout(this.#typingTimer);
    this.typing = t ? (t.agent?.name ?? "") : null;
    if (t)
      this.#typingTimer = setTimeout(() => {
        this.#setTyping(null);
      }, t.for * 1000);
    this.#changed();
    if (t) this.shared.emit("typing", t.agent);
  }

  readonly #onStream = (): void => {
    if (this.online) this.#sendReceipts();
    this.#changed();
  };

  /** onRejected handles errors that say that the session or the chat has ended. */
  readonly #onRejected = async (p: Problem): Promise<boolean> => {
    if (p.code === "ended") {
      await this.#resync();
      return false;
    }
    if (p.status !== 401 || p.code === "bad_token") {
      await this.#onError(p);
      return false;
    }
    const waits = this.pending.length > 0;
    const refused = this.#session.token;
    if (await this.#session.renew().catch(() => false)) {
      this.#stream.leave();
      this.#join();
      return waits;
    }
    this.#session.forget(refused);
    this.#reset();
    await this.open();
    return waits;
  };

  #reset(): void {
    this.#stream.leave();
    this.#joinedAs = undefined;
    this.#restarting = false;
    this.#deliveredTo = 0;
    this.thread = null;
    this.#all = [];
    this.#readTo = 0;
    this.#changed();
  }

  async #onError(err: unknown, again?: () => Promise<void>): Promise<void> {
    if (err instanceof Problem && err.code === "unauthenticated") {
      await this.#onRejected(err);
      return;
    }
    if (retryable(err) && again) {
      this.#stream.set(false);
      await new Promise((r) => setTimeout(r, 2_000));
      return again();
    }
    const code = err instanceof Problem ? err.code : "broken";
    this.shared.emit("error", { code });
    if (code === "closed") return this.#show("closed");
    if (code === "sign_in_required" || code === "bad_token" || code === "token_late") return this.#show("sign-in");
    this.refusal = code;
    if (this.view === "loading") this.view = "chat";
    this.#changed();
  }

  #show(view: View): void {
    this.view = view;
    this.#changed();
  }

  readonly #changed = (): void => {
    for (const l of this.#listeners) l();
    const unread = this.unread;
    if (unread !== this.#lastUnread) this.shared.emit("unread", (this.#lastUnread = unread));
  };
}

const pageSize = 50;
