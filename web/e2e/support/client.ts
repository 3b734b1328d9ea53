import { call, rig, type SignIn } from "./rig.ts";

/** Client uses the API as somebody who signed in. */
export class Client {
  private constructor(private readonly token: string) {}

  static async signIn(who: SignIn): Promise<Client> {
    const { token } = await call<{ token: string }>(`${rig.base}/v1/session`, "POST", { email: who.email, password: who.password });
    return new Client(token);
  }

  do<T>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<T> {
    return call<T>(rig.base + path, method, body, { Authorization: `Bearer ${this.token}`, ...headers });
  }

  /** all is a whole list, page by page: other tests add to it. */
  async all<T>(path: string): Promise<T[]> {
    const items: T[] = [];
    for (let cursor: string | null = ""; cursor !== null;) {
      const page: { items: T[]; next: string | null } = await this.do("GET", `${path}?limit=200${cursor && `&cursor=${cursor}`}`);
      items.push(...page.items);
      cursor = page.next;
    }
    return items;
  }

  /** listen keeps an agent present, and tells of what happens, until the returned function is called. */
  async listen(hear: (kind: string, data: Record<string, unknown>) => void = () => undefined): Promise<() => void> {
    const abort = new AbortController();
    const resp = await fetch(`${rig.base}/v1/events`, { headers: { Authorization: `Bearer ${this.token}` }, signal: abort.signal });
    if (!resp.ok || !resp.body) throw new Error(`events: ${String(resp.status)}`);
    const reader = resp.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = (await reader.read()).value ?? ""; // greeted: the agent is present
    const read = async () => {
      for (;;) {
        const frames = rest.split("\n\n");
        rest = frames.pop() ?? "";
        for (const frame of frames) {
          const kind = /^event: (.*)$/m.exec(frame)?.[1];
          const data = /^data: (.*)$/m.exec(frame)?.[1];
          if (kind && data) hear(kind, JSON.parse(data) as Record<string, unknown>);
        }
        const { value, done } = await reader.read();
        if (done) return;
        rest += value;
      }
    };
    read().catch(() => undefined); // ends with the abort, or with the product
    return () => {
      abort.abort();
    };
  }
}
