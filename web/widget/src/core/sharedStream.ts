import type { Problem } from "./api.ts";
import { Stream, type Frame, type StreamListener } from "./stream.ts";
import { TabLeader } from "../../../shared/tabLeader.ts";

/** TabMessage is what tabs send each other. */
type TabMessage = { frame: Frame } | { up: boolean };

/** Listener receives what arrives over the stream. */
export interface Listener {
  onFrame: (f: Frame) => void;
  changed: () => void;
  refused: (p: Problem) => void;
}

/** SharedStream is the event stream for all tabs of a site: one is connected and passes everything on. */
export class SharedStream {
  online = true;
  private readonly tabs: TabLeader<TabMessage>;
  private readonly stream: Stream;
  private joined: AbortController | null = null;

  constructor(
    name: string,
    open: StreamListener["open"],
    private readonly on: Listener,
  ) {
    this.tabs = new TabLeader<TabMessage>(name, this.receive, 60_000);
    this.stream = new Stream({
      open,
      frame: (f) => {
        this.tabs.send({ frame: f });
        on.onFrame(f);
      },
      down: () => {
        this.tabs.send({ up: false });
        this.set(false);
      },
      refused: on.refused,
    });
    addEventListener("online", this.stream.reconnect);
    addEventListener("offline", () => {
      this.set(false);
      on.changed(); // also when the stream was lost before: now it is known why
    });
    document.addEventListener("visibilitychange", this.stream.retryNow);
  }

  /** signal aborts when the stream is left; undefined if there is none. */
  get signal(): AbortSignal | undefined {
    return this.joined?.signal;
  }

  get leading(): boolean {
    return this.tabs.leading;
  }

  /** fresh tells whether there is no cursor to resume from. */
  get fresh(): boolean {
    return this.stream.cursor === "";
  }

  join(): AbortSignal {
    this.joined ??= new AbortController();
    const { signal } = this.joined;
    void this.tabs.lead(signal, (s) => this.stream.run(s));
    return signal;
  }

  /** leave ends the stream and forgets the cursor. */
  leave(): void {
    this.joined?.abort();
    this.joined = null;
    this.stream.cursor = "";
  }

  set(online: boolean): void {
    if (online && this.leading) this.tabs.send({ up: true });
    if (this.online === online) return;
    this.online = online;
    this.on.changed();
  }

  private readonly receive = (said: TabMessage): void => {
    if (!this.joined) return;
    if ("up" in said) {
      this.set(said.up);
      return;
    }
    this.on.onFrame(said.frame);
    this.stream.cursor = said.frame.id || this.stream.cursor;
  };
}
