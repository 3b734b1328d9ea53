import { withLock } from "../ui/lock";
import { ahead } from "./cursor";
import type { LiveEvent } from "./events";
import { Stream, type Status } from "./stream";

/** What a tab hears, whichever tab holds the connection. */
export interface Hearer {
  events(events: LiveEvent[]): void;
  resync(): void; // fetch anew: it is not known what was missed
  status(status: Status): void;
  joined(): void; // from here on nothing is missed
  refused(): void;
  signedOut(): void; // in another tab
}

type Talk =
  | { say: "who" }
  | { say: "here"; cursor: string; status: Status }
  | { say: "events"; events: LiveEvent[] }
  | { say: "reset"; cursor: string }
  | { say: "status"; status: Status }
  | { say: "signed-out" };

const apart = 50; // ms between two changes of the page; nobody reads faster

/**
 * Live is a tab's part in the one event stream of this browser. The tab that
 * holds the lock is connected and tells the others; when it ends, the browser
 * gives the lock to the next, which resumes where it had heard last. Without
 * locks, on plain http, every tab is connected, and takes each event once.
 */
export class Live {
  private readonly channel: BroadcastChannel;
  private readonly done = new AbortController();
  private stream?: Stream;
  private cursor?: string;
  private status: Status = "connecting";
  private isJoined = false;
  private batch: LiveEvent[] = [];
  private flushed = -Infinity;

  constructor(
    agent: string,
    private readonly hearer: Hearer,
  ) {
    this.channel = new BroadcastChannel(`switchboard-live-${agent}`);
    this.channel.onmessage = (e: MessageEvent<Talk>) => this.hear(e.data);
    this.tell({ say: "who" });
    withLock(`switchboard-live-${agent}`, () => this.lead(), this.done.signal).catch(() => undefined); // ended before it was this tab's turn
  }

  /** leads: this tab holds the connection; what only one tab should do is its to do. */
  get leads(): boolean {
    return this.stream !== undefined;
  }

  close(signedOut: boolean): void {
    if (signedOut) this.tell({ say: "signed-out" });
    this.done.abort();
    this.stream?.close();
    this.stream = undefined;
    this.channel.close();
    this.release();
  }

  private release: () => void = () => undefined;

  private lead(): Promise<void> {
    if (this.done.signal.aborted) return Promise.resolve();
    this.stream = new Stream(
      {
        hello: (cursor) => {
          this.cursor ??= cursor;
          this.tell({ say: "here", cursor: this.cursor, status: this.status });
          this.join();
        },
        event: (event) => this.collect(event),
        reset: (cursor) => {
          this.tell({ say: "reset", cursor });
          this.reset(cursor);
        },
        status: (status) => {
          this.tell({ say: "status", status });
          this.setStatus(status);
        },
        refused: () => this.hearer.refused(),
      },
      this.cursor,
    );
    return new Promise((resolve) => (this.release = resolve));
  }

  /** collect gathers what arrives together: a burst is few changes of the page, one alone is shown at once. */
  private collect(event: LiveEvent): void {
    this.batch.push(event);
    if (this.batch.length === 1) setTimeout(() => this.flush(), Math.max(0, this.flushed + apart - performance.now()));
  }

  private flush(): void {
    const events = this.batch;
    this.batch = [];
    if (events.length === 0 || this.done.signal.aborted) return;
    this.tell({ say: "events", events });
    this.take(events);
    this.flushed = performance.now();
  }

  private hear(talk: Talk): void {
    switch (talk.say) {
      case "who":
        if (this.leads && this.cursor) this.tell({ say: "here", cursor: this.cursor, status: this.status });
        return;
      case "here":
        if (this.leads) return;
        this.cursor ??= talk.cursor;
        this.setStatus(talk.status);
        this.join();
        return;
      case "events":
        this.take(talk.events);
        return;
      case "reset":
        this.reset(talk.cursor);
        return;
      case "status":
        if (!this.leads) this.setStatus(talk.status);
        return;
      case "signed-out":
        this.hearer.signedOut();
    }
  }

  /** take hands on what was not heard before; after a change of leader some comes twice. */
  private take(events: LiveEvent[]): void {
    const fresh = events.filter((e) => ahead(e.id, this.cursor));
    const last = fresh.at(-1);
    if (!last) return;
    this.cursor = last.id;
    this.hearer.events(fresh);
  }

  private reset(cursor: string): void {
    this.cursor = cursor;
    this.hearer.resync();
  }

  private join(): void {
    if (this.isJoined) return;
    this.isJoined = true;
    this.hearer.joined();
  }

  private setStatus(status: Status): void {
    if (status === this.status && status !== "open") return;
    this.status = status;
    this.hearer.status(status);
  }

  private tell(talk: Talk): void {
    if (!this.done.signal.aborted) this.channel.postMessage(talk);
  }
}
