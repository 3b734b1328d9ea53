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

  /** listen keeps an agent present until the returned function is called. */
  async listen(): Promise<() => void> {
    const abort = new AbortController();
    const resp = await fetch(`${rig.base}/v1/events`, { headers: { Authorization: `Bearer ${this.token}` }, signal: abort.signal });
    if (!resp.ok || !resp.body) throw new Error(`events: ${String(resp.status)}`);
    const reader = resp.body.getReader();
    await reader.read(); // greeted: the agent is present
    void (async () => {
      while (!(await reader.read()).done);
    })().catch(() => undefined);
    return () => {
      abort.abort();
    };
  }
}
