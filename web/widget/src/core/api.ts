import type { FieldError } from "../types.ts";
import { json } from "./json.ts";

/** Problem is an error response of the server. */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    detail: string,
    readonly errors: FieldError[] = [],
    readonly wait = 0,
  ) {
    super(detail);
  }
}

/** Unreachable means that no response came: the request may have taken effect or not. */
export class Unreachable extends Error {}

const timeout = 20_000;
const uploadTimeout = 180_000;

/** Api calls the server as a widget's visitor. */
export class Api {
  private readonly base: string;

  constructor(
    base: string,
    key: string,
    private readonly token: () => string | undefined,
  ) {
    this.base = `${base}/v1/chat/${encodeURIComponent(key)}`;
  }

  async json<T>(method: string, path: string, body?: unknown, init: RequestInit = {}): Promise<T> {
    const resp = await this.fetch(method, path, {
      signal: AbortSignal.timeout(timeout),
      ...(body === undefined ? {} : { body: json(body), headers: { "Content-Type": "application/json" } }),
      ...init,
    });
    return (resp.status === 204 ? undefined : await resp.json().catch(unreachable)) as T;
  }

  async upload(file: Blob, name: string): Promise<{ id: string }> {
    const resp = await this.fetch("POST", "/files", {
      body: file,
      signal: AbortSignal.timeout(uploadTimeout),
      headers: {
        "Content-Type": file.type || "application/octet-stream",
        "Content-Disposition": `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      },
    });
    return (await resp.json().catch(unreachable)) as { id: string };
  }

  /** fetch returns a successful response, or throws a Problem or Unreachable. */
  async fetch(method: string, path: string, init: RequestInit = {}): Promise<Response> {
    const headers = new Headers(init.headers);
    const token = this.token();
    if (token) headers.set("Authorization", `Bearer ${token}`);
    const resp = await fetch(this.base + path, { ...init, method, headers, credentials: "omit", cache: "no-store" }).catch(unreachable);
    if (resp.ok) return resp;
    const p = (await resp.json().catch(() => ({}))) as { code?: string; detail?: string; errors?: FieldError[] };
    throw new Problem(resp.status, p.code ?? "", p.detail ?? "", p.errors, Number(resp.headers.get("Retry-After") ?? 0));
  }
}

function unreachable(err: unknown): never {
  throw new Unreachable(String(err));
}

/** retryable tells whether the same request may succeed later. */
export function retryable(err: unknown): boolean {
  return err instanceof Unreachable || (err instanceof Problem && (err.status === 429 || err.status >= 500));
}
