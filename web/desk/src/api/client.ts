import createClient from "openapi-fetch";

import { cell } from "../state/state";
import type { paths } from "../../../shared/schema";
import type { ProblemDocument } from "./types";

// Same origin, so the sign-in's cookie goes along by itself.
export const api = createClient<paths>({ baseUrl: "/", fetch: (request) => fetch(request) });

/** Problem is an error response, or a request without a response. */
export class Problem extends Error {
  readonly status: number; // 0: no answer came
  readonly code: string;
  readonly document?: ProblemDocument;

  constructor(status: number, document?: ProblemDocument) {
    super(detailOf(document) ?? statusMessages[status] ?? "Something went wrong on the server. Try again.");
    this.status = status;
    this.code = document?.code ?? (status === 0 ? "unreachable" : "unknown");
    this.document = document;
  }

  /** retryable tells whether the same request may succeed later. */
  get retryable(): boolean {
    return this.status === 0 || this.status === 429 || this.status >= 500;
  }
}

/** detailOf is a problem's detail with its field errors. */
function detailOf(document?: ProblemDocument): string | undefined {
  if (!document?.detail || !document.errors?.length) return document?.detail;
  const fields = document.errors.map((e) => (e.field.startsWith("(") ? e.reason : `${e.field.replaceAll("_", " ")} ${e.reason}`));
  return `${document.detail.replace(/\.$/, "")}: ${fields.join("; ")}.`;
}

const statusMessages: Record<number, string> = {
  0: "Could not reach the server. Check your connection.",
  401: "You are signed out. Sign in again.",
  404: "Not found, or you do not have access.",
  503: "The server is busy or restarting. Try again in a moment.",
};

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** answer returns a call's data, or throws a Problem. */
export async function answer<T>(call: Promise<Answer<T>>): Promise<T> {
  let got: Answer<T>;
  try {
    got = await call;
  } catch {
    throw new Problem(0);
  }
  if (!got.response.ok) {
    const problem = new Problem(got.response.status, asProblem(got.error));
    if (problem.status === 401) handlers.get().signedOut();
    if (problem.status === 403 && problem.code.startsWith("must_")) handlers.get().must();
    throw problem;
  }
  return got.data as T; // 204 has none, and its callers expect none
}

function asProblem(error: unknown): ProblemDocument | undefined {
  return typeof error === "object" && error !== null && "code" in error ? (error as ProblemDocument) : undefined;
}

const nothing = () => undefined;
const handlers = cell<{ signedOut: () => void; must: () => void }>("api.handlers", () => ({ signedOut: nothing, must: nothing }));

/**
 * setSignedOutHandler sets what happens on a 401 response, and on one that says what must be done before
 * anything else: a password chosen, or a second factor set up.
 */
export function setSignedOutHandler(signedOut: () => void, must: () => void): void {
  handlers.set({ signedOut, must });
}

/** errorMessage is the message to show for any error. */
export function errorMessage(error: unknown): string {
  return error instanceof Problem ? error.message : "Something went wrong on this page. Reload it and try again.";
}
