import { newID } from "../../../shared/uuid.ts";
import type { Button, Message } from "../types.ts";
import { retryable, Problem, type Api } from "./api.ts";
import { FileStore, type WidgetStorage } from "./storage.ts";
import { withLock } from "./lock.ts";

export interface PendingFile {
  id: string;
  name: string;
  type: string;
  size: number;
}

/** Pending is a message that the server has not confirmed. */
export interface Pending {
  client_id: string;
  text: string;
  files: PendingFile[];
  postback: Button | null;
  at: string;
  /** Why the server refused it; it is not retried automatically. */
  refused: string | null;
}

/** What the outbox needs of the chat. */
export interface Sender {
  api: Api;
  /** ready starts the chat if it has not started. */
  ready: () => Promise<void>;
  sent: (m: Message) => void;
  /** onRejected handles an error of the whole chat; it returns whether to go on. */
  onRejected: (p: Problem) => Promise<boolean>;
  changed: () => void;
}

const firstPause = 1_000;
const longestPause = 30_000;

/**
 * Outbox stores messages until the server has confirmed them: through outages,
 * reloads and crashes, in order, each with an id by which the server accepts it once.
 */
export class Outbox {
  private readonly files: FileStore;
  private pause = firstPause;
  private written = 0;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private running: Promise<void> | undefined;
  private again = false;

  constructor(
    private readonly storage: WidgetStorage,
    private readonly sender: Sender,
  ) {
    this.files = new FileStore(storage.prefix + "files");
  }

  list(): Pending[] {
    return this.storage
      .names("out:")
      .map((n) => this.storage.get<Pending>(n))
      .filter((p) => p !== undefined);
  }

  async add(text: string, files: File[], postback: Button | null): Promise<void> {
    const kept: PendingFile[] = [];
    for (const f of files) {
      const id = newID();
      await this.files.put(id, f);
      kept.push({ id, name: f.name, type: f.type, size: f.size });
    }
    this.save({ client_id: newID(), text, files: kept, postback, at: this.now(), refused: null });
    this.wake();
  }

  /** now never returns the same time twice, so that messages keep their order. */
  private now(): string {
    this.written = Math.max(Date.now(), this.written + 1);
    return new Date(this.written).toISOString();
  }

  preview(id: string): Promise<Blob | undefined> {
    return this.files.get(id);
  }

  /** retry sends a refused message again. */
  retry(p: Pending): void {
    this.save({ ...p, refused: null });
    this.wake();
  }

  discard(p: Pending): void {
    this.storage.remove(keyOf(p));
    for (const f of p.files) void this.files.remove(f.id);
    this.sender.changed();
  }

  /** confirmed removes messages that came back from the server. */
  confirmed(messages: Message[]): void {
    const own = new Set(messages.map((m) => m.client_id));
    for (const p of this.list()) if (own.has(p.client_id)) this.discard(p);
  }

  /** wake sends pending messages now. */
  wake = (): void => {
    clearTimeout(this.timer);
    this.again = true;
    this.running ??= this.run().finally(() => (this.running = undefined));
    this.sender.changed();
  };

  private async run(): Promise<void> {
    while (this.again) {
      this.again = false;
      if (!this.next()) return;
      await withLock(this.storage.prefix + "send", () => this.flush());
    }
  }

  private next(): Pending | undefined {
    return this.list().find((p) => !p.refused);
  }

  private async flush(): Promise<void> {
    for (let p = this.next(); p; p = this.next()) {
      try {
        await this.sender.ready();
        this.sender.sent(await this.send(p));
        this.discard(p);
        this.pause = firstPause;
      } catch (err) {
        if (retryable(err)) {
          this.later(err);
          return;
        }
        if (!(err instanceof Problem)) throw err;
        if (err.status === 401 || err.code === "ended") {
          if (await this.sender.onRejected(err)) continue;
        }
        if (err.code === "write_first" && this.split(p)) continue;
        this.save({ ...p, refused: err.code || "refused" });
      }
    }
  }

  private async send(p: Pending): Promise<Message> {
    const attachments: string[] = [];
    for (const f of p.files) {
      const blob = await this.files.get(f.id);
      if (!blob) throw new Problem(0, "file_gone", "The browser did not keep the file.");
      attachments.push((await this.sender.api.upload(blob.type ? blob : new Blob([blob], { type: f.type }), f.name)).id);
    }
    return this.sender.api.json<Message>("POST", "/messages", {
      client_id: p.client_id,
      ...(p.postback ? { postback: p.postback } : { text: p.text }), // a tap stands alone
      ...(attachments.length ? { attachments } : {}),
    });
  }

  /** split sends the text of a message before its files: the server refuses files before the first text. */
  private split(p: Pending): boolean {
    if (!p.text.trim() || !p.files.length) return false;
    this.save({ ...p, client_id: newID(), text: "", at: this.now() });
    this.save({ ...p, files: [] });
    return true;
  }

  private later(err: unknown): void {
    const asked = err instanceof Problem ? err.wait * 1000 : 0;
    this.timer = setTimeout(this.wake, Math.max(asked, this.pause));
    this.pause = Math.min(this.pause * 2, longestPause);
  }

  private save(p: Pending): void {
    this.storage.set(keyOf(p), p);
    this.sender.changed();
  }
}

/** keyOf is a storage key that sorts by time. */
function keyOf(p: Pending): string {
  return `out:${p.at}:${p.client_id}`;
}
