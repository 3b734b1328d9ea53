import { kinds, type LiveEvent } from "./events";

/** StreamListener receives what arrives on one connection to the event stream. */
export interface StreamListener {
  hello(cursor: string): void;
  event(event: LiveEvent): void;
  reset(cursor: string): void; // what lies between cannot be told: fetch anew
  status(status: Status): void;
  refused(): void; // the server does not open the stream: maybe nobody is signed in
}

export type Status = "connecting" | "open" | "lost";

const silenceLimit = 25_000; // the server pings every ten seconds
const maxRetryDelay = 10_000; // between two tries

/** Stream keeps one connection open and resumes where it was interrupted. */
export class Stream {
  private source?: EventSource;
  private timer?: ReturnType<typeof setTimeout>;
  private failures = 0;
  private ended = false;
  private lastHeard = 0;

  constructor(
    private readonly listener: StreamListener,
    private cursor?: string,
  ) {
    this.open();
    addEventListener("online", this.reconnectNow);
    document.addEventListener("visibilitychange", this.reconnectNow);
  }

  close(): void {
    this.ended = true;
    removeEventListener("online", this.reconnectNow);
    document.removeEventListener("visibilitychange", this.reconnectNow);
    this.disconnect();
  }

  private disconnect(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.source = undefined;
  }

  private open(): void {
    this.disconnect();
    this.listener.status("connecting");
    const source = new EventSource("/v1/events" + (this.cursor ? `?after=${encodeURIComponent(this.cursor)}` : ""));
    this.source = source;
    const on = (kind: string, then: (data: string, id: string) => void) => {
      source.addEventListener(kind, (e) => {
        if (this.source !== source) return;
        this.resetWatchdog();
        then((e as MessageEvent<string>).data, (e as MessageEvent).lastEventId);
      });
    };
    on("hello", (_, id) => {
      this.failures = 0;
      this.cursor ??= id;
      this.listener.status("open");
      this.listener.hello(this.cursor);
    });
    on("reset", (_, id) => {
      this.cursor = id;
      this.listener.reset(id);
    });
    on("ping", (_, id) => {
      this.cursor = id;
    });
    for (const kind of kinds) {
      on(kind, (data, id) => {
        this.cursor = id;
        this.listener.event(JSON.parse(data) as LiveEvent);
      });
    }
    source.onerror = () => {
      if (this.source === source) this.reconnectLater(source.readyState === EventSource.CLOSED);
    };
    this.resetWatchdog();
  }

  /** resetWatchdog restarts the timer that detects a dead connection. */
  private resetWatchdog(): void {
    this.lastHeard = Date.now();
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.reconnectLater(false), silenceLimit);
  }

  private reconnectLater(refused: boolean): void {
    this.disconnect();
    if (this.ended) return;
    this.listener.status("lost");
    if (refused) this.listener.refused();
    const wait = Math.min(maxRetryDelay, 500 * 2 ** this.failures++) * (0.5 + Math.random() / 2);
    this.timer = setTimeout(() => this.open(), wait);
  }

  /** reconnectNow reconnects at once when the page is shown or the network is back. */
  private reconnectNow = (): void => {
    if (this.ended || document.visibilityState === "hidden") return;
    if (!this.source || Date.now() - this.lastHeard > silenceLimit / 2) this.open();
  };
}
