import { TabLeader } from "../../../shared/tabLeader";
import { isAhead } from "./cursor";
import type { LiveEvent } from "./events";
import { Stream, type Status } from "./stream";

/** Listener receives what happens, whichever tab holds the connection. */
export interface Listener {
  events(events: LiveEvent[]): void;
  resync(): void; // fetch anew: it is not known what was missed
  status(status: Status): void;
  ready(): void; // from here on nothing is missed
  refused(): void;
  signedOut(): void; // in another tab
}

type TabMessage =
  | { type: "who" }
  | { type: "here"; cursor: string; status: Status }
  | { type: "events"; events: LiveEvent[] }
  | { type: "reset"; cursor: string }
  | { type: "status"; status: Status }
  | { type: "signed-out" };

const batchInterval = 50; // ms between two changes of the page; nobody reads faster

/**
 * SharedEvents is a tab's part in the one event stream of this browser. The tab that
 * holds the lock is connected and tells the others; when it ends, the browser
 * gives the lock to the next, which resumes after the last event it received. Without
 * locks, on plain http, every tab is connected, and takes each event once.
 */
export class SharedEvents {
  private readonly tabs: TabLeader<TabMessage>;
  private readonly done = new AbortController();
  private stream?: Stream;
  private cursor?: string;
  private status: Status = "connecting";
  private isReady = false;
  private batch: LiveEvent[] = [];
  private flushed = -Infinity;

  constructor(
    agent: string,
    private readonly listener: Listener,
  ) {
    this.tabs = new TabLeader(`switchboard-events-${agent}`, (message) => this.receive(message));
    this.send({ type: "who" });
    void this.tabs.lead(this.done.signal, () => this.lead());
  }

  /** isLeader tells whether this tab holds the connection. It does what only one tab should do, such as alerts. */
  get isLeader(): boolean {
    return this.stream !== undefined;
  }

  close(signedOut: boolean): void {
    if (signedOut) this.send({ type: "signed-out" });
    this.done.abort();
    this.stream?.close();
    this.stream = undefined;
    this.tabs.close();
    this.release();
  }

  private release: () => void = () => undefined;

  private lead(): Promise<void> {
    if (this.done.signal.aborted) return Promise.resolve();
    this.stream = new Stream(
      {
        hello: (cursor) => {
          this.cursor ??= cursor;
          this.send({ type: "here", cursor: this.cursor, status: this.status });
          this.markReady();
        },
        event: (event) => this.collect(event),
        reset: (cursor) => {
          this.send({ type: "reset", cursor });
          this.reset(cursor);
        },
        status: (status) => {
          this.send({ type: "status", status });
          this.setStatus(status);
        },
        refused: () => this.listener.refused(),
      },
      this.cursor,
    );
    return new Promise((resolve) => (this.release = resolve));
  }

  /** collect batches events: a burst causes few renders, a single event is applied at once. */
  private collect(event: LiveEvent): void {
    this.batch.push(event);
    if (this.batch.length === 1) setTimeout(() => this.flush(), Math.max(0, this.flushed + batchInterval - performance.now()));
  }

  private flush(): void {
    const events = this.batch;
    this.batch = [];
    if (events.length === 0 || this.done.signal.aborted) return;
    this.send({ type: "events", events });
    this.deliver(events);
    this.flushed = performance.now();
  }

  private receive(message: TabMessage): void {
    switch (message.type) {
      case "who":
        if (this.isLeader && this.cursor) this.send({ type: "here", cursor: this.cursor, status: this.status });
        return;
      case "here":
        if (this.isLeader) return;
        this.cursor ??= message.cursor;
        this.setStatus(message.status);
        this.markReady();
        return;
      case "events":
        this.deliver(message.events);
        return;
      case "reset":
        this.reset(message.cursor);
        return;
      case "status":
        if (!this.isLeader) this.setStatus(message.status);
        return;
      case "signed-out":
        this.listener.signedOut();
    }
  }

  /** deliver passes on what is new; after a change of leader some events come twice. */
  private deliver(events: LiveEvent[]): void {
    const fresh = events.filter((e) => isAhead(e.id, this.cursor));
    const last = fresh.at(-1);
    if (!last) return;
    this.cursor = last.id;
    this.listener.events(fresh);
  }

  private reset(cursor: string): void {
    this.cursor = cursor;
    this.listener.resync();
  }

  private markReady(): void {
    if (this.isReady) return;
    this.isReady = true;
    this.listener.ready();
  }

  private setStatus(status: Status): void {
    if (status === this.status && status !== "open") return;
    this.status = status;
    this.listener.status(status);
  }

  private send(message: TabMessage): void {
    if (!this.done.signal.aborted) this.tabs.send(message);
  }
}
