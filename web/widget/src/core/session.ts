import { newID } from "../../../shared/uuid.ts";
import type { Context, Shared, Thread } from "../types.ts";
import { retryable, Problem, type Api } from "./api.ts";
import type { WidgetStorage } from "./storage.ts";

interface StoredSession {
  token: string;
  /** The subject of the site's token; null if anonymous. */
  sub: string | null;
}

/** How long the site's token provider may take. */
const tokenTimeout = 10_000;

/** Session is the visitor's identity at the server, shared by all tabs of the site. */
export class Session {
  constructor(
    private readonly storage: WidgetStorage,
    private readonly shared: Shared,
  ) {}

  api!: Api;
  private starting: string | undefined;

  get token(): string | undefined {
    return this.storage.get<StoredSession>("session")?.token;
  }

  /** forget deletes the stored session, unless another tab has replaced it since. */
  forget(token = this.token): void {
    if (this.token === token) this.storage.remove("session");
  }

  /** claim asks the site for its visitor's token. */
  async claim(): Promise<string | null> {
    if (!this.shared.token || this.shared.settings.authentication === "none") return null;
    const late = new Promise<never>((_, reject) =>
      setTimeout(() => {
        reject(new Problem(0, "token_late", "The site did not say who its visitor is."));
      }, tokenTimeout),
    );
    return (await Promise.race([this.shared.token(), late])) ?? null;
  }

  /**
   * reconcile adapts the stored session to the site's visitor: somebody who signed
   * in keeps their anonymous chat, somebody else starts a new one.
   */
  async reconcile(): Promise<void> {
    const kept = this.storage.get<StoredSession>("session");
    if (!kept || this.shared.settings.authentication === "none") return;
    const claim = await this.claim();
    const sub = subject(claim);
    if (kept.sub === sub) return;
    if (claim && kept.sub === null) return this.signIn(claim);
    await this.signOut();
  }

  /** renew signs in again as the same person when the session has ended. */
  async renew(): Promise<boolean> {
    const kept = this.storage.get<StoredSession>("session");
    const claim = kept?.sub ? await this.claim() : null;
    if (!claim || subject(claim) !== kept?.sub) return false;
    await this.signIn(claim);
    return true;
  }

  /** signIn stores the new token. The previous one is no longer valid. */
  private async signIn(claim: string): Promise<void> {
    const { visitor_token } = await this.api.json<{ visitor_token: string }>("POST", "/sign-in", { token: claim });
    this.storage.set("session", { token: visitor_token, sub: subject(claim) } satisfies StoredSession);
  }

  /** signOut revokes the stored token, if the server can be reached. */
  async signOut(): Promise<void> {
    await this.api.json("DELETE", "/session").catch(() => undefined);
    this.forget();
  }

  /** start starts or continues a chat, with the page's context. */
  async start(more: Record<string, unknown>): Promise<Thread> {
    const claim = await this.claim();
    const context = await this.context(claim);
    // The same on every try, so that a start whose response was lost does not start a second chat.
    const id = (this.starting ??= newID());
    const body = { ...(claim ? { token: claim } : {}), ...(context ? { context } : {}), ...more, client_id: id };
    try {
      const { visitor_token, thread } = await this.api.json<{ visitor_token: string; thread: Thread }>("POST", "/start", body);
      this.storage.set("session", { token: visitor_token, sub: subject(claim) } satisfies StoredSession);
      this.starting = undefined;
      return thread;
    } catch (err) {
      if (err instanceof Problem && !retryable(err)) this.starting = undefined; // it was refused
      throw err;
    }
  }

  /** context of signed-in visitors comes with their token, where the page cannot change it. */
  private async context(claim: string | null): Promise<Context | null> {
    const given = this.shared.context;
    if (!given || claim) return null;
    return typeof given === "function" ? await given() : given;
  }
}

/** subject is a token's subject. It is not verified here, only compared. */
export function subject(token: string | null): string | null {
  try {
    const part = token?.split(".")[1] ?? "";
    const bytes = Uint8Array.from(atob(part.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
    return String((JSON.parse(new TextDecoder().decode(bytes)) as { sub: unknown }).sub);
  } catch {
    return token;
  }
}
