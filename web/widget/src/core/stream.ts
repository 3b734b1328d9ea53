import { Problem } from "./api.ts";

export interface Frame {
  id: string;
  event: string;
  data: unknown;
}

/** parser returns a function that takes chunks of server-sent events and calls take with each whole event. */
export function parser(take: (f: Frame) => void): (piece: string) => void {
  let rest = "";
  let frame = { id: "", event: "message", data: [] as string[] };
  const line = (text: string) => {
    if (text === "") {
      if (frame.data.length) take({ id: frame.id, event: frame.event, data: JSON.parse(frame.data.join("\n")) });
      frame = { id: "", event: "message", data: [] };
      return;
    }
    const at = text.indexOf(":");
    const name = at < 0 ? text : text.slice(0, at);
    const value = at < 0 ? "" : text.slice(at + 1).replace(/^ /, "");
    if (name === "data") frame.data.push(value);
    else if (name === "id" || name === "event") frame[name] = value;
  };
  return (piece) => {
    const lines = (rest + piece).split(/\r\n|\n|\r(?!$)/);
    rest = lines.pop() ?? "";
    lines.forEach(line);
  };
}

/** The server pings every 15 s; a connection that is silent for longer is dead. */
const silenceLimit = 40_000;
const firstPause = 500;
const longestPause = 30_000;

export interface StreamListener {
  open: (cursor: string, signal: AbortSignal) => Promise<Response>;
  frame: (f: Frame) => void;
  /** up is called with every hello, down when the connection is lost. */
  down: () => void;
  /** refused is called when the server refuses the connection; the stream ends. */
  refused: (p: Problem) => void;
}

/** Stream keeps one connection open and resumes where it was interrupted. */
export class Stream {
  cursor = "";
  private pause = firstPause;
  private wake: () => void = () => undefined;
  private cut: () => void = () => undefined;

  constructor(private readonly on: StreamListener) {}

  /** retryNow ends the pause before the next try. */
  retryNow = () => {
    this.pause = firstPause;
    this.wake();
  };

  /** reconnect replaces the connection: the network has changed. */
  reconnect = () => {
    this.cut();
    this.retryNow();
  };

  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      try {
        await this.connect(signal);
      } catch (err) {
        if (err instanceof Problem && err.status >= 400 && err.status < 500 && err.status !== 429) {
          this.on.refused(err);
          return;
        }
      }
      if (signal.aborted) return;
      this.on.down();
      await this.wait(signal);
    }
  }

  private async connect(signal: AbortSignal): Promise<void> {
    const connection = new AbortController();
    const end = () => {
      connection.abort();
    };
    this.cut = end;
    signal.addEventListener("abort", end);
    let watch = setTimeout(end, silenceLimit);
    const alive = () => {
      clearTimeout(watch);
      watch = setTimeout(end, silenceLimit);
    };
    try {
      const resp = await this.on.open(this.cursor, connection.signal);
      const body = resp.body?.pipeThrough(new TextDecoderStream()).getReader();
      const feed = parser((f) => {
        if (f.event === "hello") this.pause = firstPause;
        // The visitor has too many connections: do not push out the others in turn.
        if (f.event === "bye" && (f.data as { reason?: string }).reason === "too_many") this.pause = longestPause;
        this.on.frame(f);
        if (f.id) this.cursor = f.id; // only once it was taken
      });
      for (let read = await body?.read(); read && !read.done; read = await body?.read()) {
        alive();
        feed(read.value);
      }
    } finally {
      clearTimeout(watch);
      signal.removeEventListener("abort", end);
      connection.abort();
    }
  }

  private wait(signal: AbortSignal): Promise<void> {
    const ms = this.pause * (0.5 + Math.random() / 2);
    this.pause = Math.min(this.pause * 2, longestPause);
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        signal.removeEventListener("abort", done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal.addEventListener("abort", done);
      this.wake = done;
    });
  }
}
