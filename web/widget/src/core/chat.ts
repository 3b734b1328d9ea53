import type { Button, Message, Settings, Shared, Thread } from "../types.ts";
import { Api, passing, Problem } from "./api.ts";
import { Keep } from "./keep.ts";
import { Line } from "./line.ts";
import { buttons, merge, unread, visible } from "./messages.ts";
import { Outbox, type Pending } from "./outbox.ts";
import { Session } from "./session.ts";
import type { Frame } from "./stream.ts";

/** View is what the visitor is shown: one thing at a time. */
export type View = "loading" | "closed" | "sign-in" | "survey" | "resume" | "chat";

/** Chat is one visitor's thread with a widget, without any look. */
export class Chat {
  thread: Thread | null = null;
  typing: string | null = null;
  view: View = "loading";
  /** more tells that there is history before what was fetched. */
  more = false;
  /** asking tells that the visitor is asked whether the chat shall end. */
  asking = false;
  /** refusal is why the chat cannot begin, as the server's code. */
  refusal: string | null = null;

  readonly outbox: Outbox;
  private readonly api: Api;
  private readonly session: Session;
  private readonly keep: Keep;
  private readonly line: Line;
  private readonly listeners = new Set<() => void>();
  private all: Message[] = [];
  private answers: Record<string, unknown> | null = null;
  private anew = false;
  private opened = false;
  private joinedAs: string | undefined;
  private toldUnread = 0;
  private deliveredTo = 0;
  private readTo = 0;
  private looked = false;
  private typingTimer: ReturnType<typeof setTimeout> | undefined;
  private typedAt = 0;

  constructor(readonly shared: Shared) {
    this.keep = new Keep(shared.settings.key);
    this.session = new Session(this.keep, shared);
    this.api = this.session.api = new Api(shared.options.api, shared.settings.key, () => this.session.token);
    this.outbox = new Outbox(this.keep, { api: this.api, ready: this.ready, sent: this.sentOne, lost: this.lost, changed: this.changed });
    const events = (cursor: string, signal: AbortSignal) =>
      this.api.fetch("GET", "/events", { signal, headers: cursor ? { "Last-Event-ID": cursor } : {} });
    this.line = new Line(this.keep.prefix + "line", events, {
      frame: this.frame,
      changed: this.lineChanged,
      refused: (p) => void this.lost(p),
    });
    addEventListener("online", this.outbox.wake);
    addEventListener("storage", this.elsewhere);
  }

  get online(): boolean {
    return this.line.online;
  }

  private get joined(): boolean {
    return this.line.signal !== undefined;
  }

  get settings() {
    return this.shared.settings;
  }

  /** messages are what the visitor sees of what the server has. */
  get messages(): Message[] {
    return this.anew ? [] : visible(this.all, this.settings.style, this.thread?.conversation_id);
  }

  get pending(): Pending[] {
    const known = new Set(this.all.map((m) => m.client_id));
    return this.outbox.list().filter((p) => !known.has(p.client_id));
  }

  get buttons(): Button[] {
    return this.pending.length ? [] : buttons(this.messages);
  }

  get unread(): number {
    return this.thread ? unread(this.messages, Math.max(this.readTo, this.thread.read_seq)) : 0;
  }

  /** known tells that this browser has a thread with the widget. */
  get known(): boolean {
    return this.session.token !== undefined;
  }

  get ended(): boolean {
    return this.thread?.state === "ended" && !this.anew;
  }

  subscribe(listener: () => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  /** open goes on with the thread that this browser has, or shows how to begin. */
  async open(): Promise<void> {
    if (this.joined) return;
    this.opened = true;
    try {
      await this.session.settle();
      if (this.session.token) await this.resume();
      else await this.welcome();
    } catch (err) {
      await this.failed(err, () => this.open());
    }
  }

  /** elsewhere follows what another tab began, sent or left. */
  private readonly elsewhere = (e: StorageEvent): void => {
    if (e.key !== null && !e.key.startsWith(this.keep.prefix)) return;
    const token = this.session.token;
    if (this.opened && token !== this.joinedAs && (token || this.joined)) {
      this.reset();
      void this.open();
    }
    this.changed();
  };

  private async resume(): Promise<void> {
    const thread = await this.api.json<Thread>("GET", "/thread");
    this.thread = thread;
    const asked = this.settings.style === "live" && thread.held_until && this.settings.reconnect;
    if (asked && !sessionStorageHas(this.keep.prefix + "here")) this.show("resume");
    else if (thread.state === "none" && this.settings.style === "live") await this.welcome();
    else this.proceed();
  }

  /** proceed goes on with the thread. */
  proceed(): void {
    this.join();
    this.show("chat");
    this.shared.emit("continued", this.thread);
  }

  /** again leaves a thread that is held and begins another. */
  async again(): Promise<void> {
    if (this.thread?.can_end) await this.end();
    this.anew = true;
    this.answers = null;
    await this.welcome();
  }

  private async welcome(): Promise<void> {
    const s = this.settings;
    if (s.style === "live" && !s.open) return this.show("closed");
    if (s.authentication !== "none") {
      const claim = await this.session.claim();
      if (!claim && s.authentication === "required") return this.show("sign-in");
      // Whoever signed in has a history here, which is shown before they write.
      if (claim && s.style === "persistent" && !s.pre_chat?.length) return this.begin({});
    }
    this.show(s.pre_chat?.length && !this.answers ? "survey" : "chat");
    void this.lookAgain();
  }

  /** lookAgain asks whether somebody is there now: the page may have been open for hours. */
  private async lookAgain(): Promise<void> {
    const now = await this.api.json<Settings>("GET", "").catch(() => null);
    if (!now) return;
    const { open, opens_at, agents_available } = now;
    Object.assign(this.settings, { open, opens_at, agents_available });
    this.changed();
  }

  /** begin starts the chat, with the answers to the survey if there is one. */
  async begin(more: Record<string, unknown>): Promise<void> {
    const language = this.shared.options.language ?? this.settings.language;
    this.thread = await this.session.start({ language, ...(this.answers ? { answers: this.answers } : {}), ...more });
    this.anew = false;
    this.refusal = null;
    this.join();
    this.show("chat");
    this.shared.emit("started", this.thread);
  }

  /** answer begins with a survey's answers, and throws the Problem if they are not taken. */
  async answer(answers: Record<string, unknown>): Promise<void> {
    this.answers = answers;
    try {
      await this.begin({});
    } catch (err) {
      this.answers = null;
      throw err;
    }
  }

  /** ready is what the outbox waits for before it sends. */
  private readonly ready = async (): Promise<void> => {
    if (this.session.token && !this.anew) {
      this.join();
      return;
    }
    try {
      await this.begin({});
    } catch (err) {
      if (!passing(err)) await this.failed(err);
      throw err;
    }
  };

  send(text: string, files: File[] = [], postback: Button | null = null): Promise<void> {
    return this.outbox.add(text, files, postback);
  }

  ask(asking = true): void {
    this.asking = asking;
    this.changed();
  }

  async end(): Promise<void> {
    this.asking = false;
    const { thread } = await this.api.json<{ thread: Thread }>("POST", "/end");
    this.setThread(thread);
  }

  /** rest is called when the visitor closes the panel: a live chat that has ended is over with that. */
  rest(): void {
    if (!this.ended || this.settings.style !== "live") return;
    this.session.forget();
    this.reset();
    this.opened = false;
    this.answers = null;
    this.show("loading");
  }

  /** refuse shows that something was not possible. */
  refuse(err: unknown): Promise<void> {
    return this.failed(err);
  }

  /** leave forgets the visitor, as when they sign out of the site. */
  async leave(): Promise<void> {
    await this.session.leave();
    for (const p of this.outbox.list()) this.outbox.discard(p);
    this.reset();
    this.show("loading");
  }

  transcript(): Promise<Blob> {
    return this.api.fetch("GET", "/transcript?format=text").then((r) => r.blob());
  }

  /** earlier fetches a page of history. */
  async earlier(): Promise<void> {
    const first = this.all[0]?.seq;
    if (!first || !this.more) return;
    const page = await this.page(`before=${String(first)}`);
    this.more = page.length === pageSize;
    this.take(page);
  }

  /** types tells the agent that something is being written. */
  types(): void {
    if (!this.thread || !this.joined || Date.now() - this.typedAt < 3_000) return;
    this.typedAt = Date.now();
    void this.api.json("POST", "/typing").catch(() => undefined);
  }

  /** look says whether the visitor looks at the thread; what is looked at is read. */
  look(looks: boolean): void {
    this.looked = looks;
    this.mark();
  }

  private mark(): void {
    const last = this.messages.findLast((m) => m.from !== "visitor")?.seq ?? 0;
    if (!this.thread) return;
    const read = this.looked && last > Math.max(this.readTo, this.thread.read_seq);
    const delivered = this.line.leading && last > this.deliveredTo;
    if (!read && !delivered) return;
    this.deliveredTo = last;
    if (read) this.readTo = last;
    this.api.json("POST", "/receipts", { delivered: last, ...(read ? { read: last } : {}) }).catch(() => {
      this.deliveredTo = this.readTo = 0; // the next sight or line says it again
    });
  }

  /** join opens the line, once. */
  private join(): void {
    if (this.joined) return;
    this.joinedAs = this.session.token;
    sessionStorageSet(this.keep.prefix + "here");
    void this.resync(this.line.join());
    this.outbox.wake();
  }

  /** resync fetches what the thread is now; before that a line or a tab is listened to, so nothing falls between. */
  private async resync(signal?: AbortSignal, replace = false): Promise<void> {
    for (let pause = 500; !signal?.aborted; pause = Math.min(pause * 2, 15_000)) {
      try {
        const [thread, page] = await Promise.all([this.api.json<Thread>("GET", "/thread"), this.page("")]);
        if (replace) this.all = [];
        if ((page[0]?.seq ?? 0) <= (this.all[0]?.seq ?? Infinity)) this.more = page.length === pageSize;
        this.take(page);
        this.setThread(thread);
        return;
      } catch (err) {
        if (!passing(err)) return this.failed(err);
        await new Promise((r) => setTimeout(r, pause));
      }
    }
  }

  private async page(query: string): Promise<Message[]> {
    const got = await this.api.json<{ items: Message[] }>("GET", `/messages?limit=${String(pageSize)}&${query}`);
    return got.items;
  }

  private readonly frame = ({ event, data }: Frame): void => {
    switch (event) {
      case "hello":
        return this.hello((data as { thread: Thread }).thread);
      case "message":
      case "message.updated":
        return this.arrived(data as Message, event === "message");
      case "thread":
        return this.setThread(data as Thread);
      case "typing":
        return this.setTyping(data as { agent: { name: string } | null; for: number });
      case "reset":
        void this.resync(this.line.signal, true);
        return;
      case "bye":
        return this.dismissed((data as { reason: string }).reason);
    }
  };

  /** dismissed is told why the server ends a line. */
  private dismissed(reason: string): void {
    if (reason === "revoked") void this.lost(new Problem(401, "unauthenticated", ""));
    if (reason !== "signed_in") return;
    this.reset(); // the thread is another now: that of who signed in
    void this.open();
  }

  private hello(thread: Thread): void {
    this.line.set(true);
    this.setThread(thread);
    this.outbox.wake();
    // What was said before there was a line; with a cursor the server tells of it.
    if (this.line.fresh) void this.resync(this.line.signal);
  }

  private arrived(m: Message, fresh: boolean): void {
    const known = this.all.some((old) => old.id === m.id);
    this.take([m]);
    if (m.from === "agent") this.setTyping(null);
    if (fresh && !known && m.from !== "visitor") this.shared.emit("message", m);
  }

  private readonly sentOne = (m: Message): void => {
    this.take([m]);
    this.shared.emit("sent", m);
  };

  private take(more: Message[]): void {
    this.all = merge(this.all, more);
    this.outbox.confirmed(more);
    this.mark();
    this.changed();
  }

  private setThread(thread: Thread): void {
    const was = this.thread;
    this.thread = thread;
    this.mark();
    this.changed();
    this.shared.emit("thread", thread);
    if (thread.queue && !was?.queue) this.shared.emit("queued", thread.queue);
    if (thread.state === "ended" && was && was.state !== "ended") this.shared.emit("ended", thread);
  }

  private setTyping(t: { agent: { name: string } | null; for: number } | null): void {
    clearTimeout(this.typingTimer);
    this.typing = t ? (t.agent?.name ?? "") : null;
    if (t)
      this.typingTimer = setTimeout(() => {
        this.setTyping(null);
      }, t.for * 1000);
    this.changed();
    if (t) this.shared.emit("typing", t.agent);
  }

  private readonly lineChanged = (): void => {
    if (this.online) this.mark();
    this.changed();
  };

  /** lost is told that the server does not know the visitor any more, or that their chat has ended. */
  private readonly lost = async (p: Problem): Promise<boolean> => {
    if (p.code === "ended") {
      await this.resync();
      return false;
    }
    if (p.status !== 401 || p.code === "bad_token") {
      await this.failed(p);
      return false;
    }
    const waits = this.pending.length > 0;
    const refused = this.session.token;
    if (await this.session.renew().catch(() => false)) {
      this.line.leave();
      this.join();
      return waits;
    }
    this.session.forget(refused);
    this.reset();
    await this.open();
    return waits;
  };

  private reset(): void {
    this.line.leave();
    this.joinedAs = undefined;
    this.anew = false;
    this.deliveredTo = 0;
    this.thread = null;
    this.all = [];
    this.readTo = 0;
    this.changed();
  }

  private async failed(err: unknown, again?: () => Promise<void>): Promise<void> {
    if (err instanceof Problem && err.code === "unauthenticated") {
      await this.lost(err);
      return;
    }
    if (passing(err) && again) {
      this.line.set(false);
      await new Promise((r) => setTimeout(r, 2_000));
      return again();
    }
    const code = err instanceof Problem ? err.code : "broken";
    this.shared.emit("error", { code });
    if (code === "closed") return this.show("closed");
    if (code === "sign_in_required" || code === "bad_token" || code === "token_late") return this.show("sign-in");
    this.refusal = code;
    if (this.view === "loading") this.view = "chat";
    this.changed();
  }

  private show(view: View): void {
    this.view = view;
    this.changed();
  }

  private readonly changed = (): void => {
    for (const l of this.listeners) l();
    const unread = this.unread;
    if (unread !== this.toldUnread) this.shared.emit("unread", (this.toldUnread = unread));
  };
}

const pageSize = 50;

function sessionStorageHas(name: string): boolean {
  try {
    return sessionStorage.getItem(name) !== null;
  } catch {
    return false;
  }
}

function sessionStorageSet(name: string): void {
  try {
    sessionStorage.setItem(name, "1");
  } catch {
    // then it is asked again on the next page
  }
}
