import type { Problem } from "./api.ts";
import { Stream, type Frame, type Listener } from "./stream.ts";
import { Tabs } from "./tabs.ts";

/** What tabs tell each other. */
type Said = { frame: Frame } | { up: boolean };

/** What a line tells the chat. */
export interface Heard {
  frame: (f: Frame) => void;
  changed: () => void;
  refused: (p: Problem) => void;
}

/** Line is what all tabs of a site hear of the server: one of them listens and tells the others. */
export class Line {
  online = true;
  private readonly tabs: Tabs<Said>;
  private readonly stream: Stream;
  private joined: AbortController | null = null;

  constructor(
    name: string,
    open: Listener["open"],
    private readonly on: Heard,
  ) {
    this.tabs = new Tabs<Said>(name, this.told);
    this.stream = new Stream({
      open,
      frame: (f) => {
        this.tabs.say({ frame: f });
        on.frame(f);
      },
      down: () => {
        this.tabs.say({ up: false });
        this.set(false);
      },
      refused: on.refused,
    });
    addEventListener("online", this.stream.renew);
    addEventListener("offline", () => {
      this.set(false);
      on.changed(); // also when the line was lost before: now it is known why
    });
    document.addEventListener("visibilitychange", this.stream.hurry);
  }

  /** signal ends when the line is left; undefined: there is none. */
  get signal(): AbortSignal | undefined {
    return this.joined?.signal;
  }

  get leading(): boolean {
    return this.tabs.leading;
  }

  /** fresh tells that there is no place to resume from. */
  get fresh(): boolean {
    return this.stream.cursor === "";
  }

  join(): AbortSignal {
    this.joined ??= new AbortController();
    const { signal } = this.joined;
    void this.tabs.lead(signal, (s) => this.stream.run(s));
    return signal;
  }

  /** leave ends the line; another visitor's begins anew. */
  leave(): void {
    this.joined?.abort();
    this.joined = null;
    this.stream.cursor = "";
  }

  set(online: boolean): void {
    if (online && this.leading) this.tabs.say({ up: true });
    if (this.online === online) return;
    this.online = online;
    this.on.changed();
  }

  private readonly told = (said: Said): void => {
    if (!this.joined) return;
    if ("up" in said) {
      this.set(said.up);
      return;
    }
    this.on.frame(said.frame);
    this.stream.cursor = said.frame.id || this.stream.cursor;
  };
}
