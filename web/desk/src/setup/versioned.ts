import { answer } from "../api/client";

/** Versioned is what the API keeps, with its version. */
export interface Versioned<T> {
  value: T;
  etag: string | null; // null: the API tells none
}

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** versioned returns a call's data and its ETag, or throws a Problem. */
export async function versioned<T>(call: Promise<Answer<T>>): Promise<Versioned<T>> {
  let etag: string | null = null;
  const value = await answer(
    call.then((got) => {
      etag = got.response.headers.get("ETag");
      return got;
    }),
  );
  return { value, etag };
}

/** ifMatch is the header that makes a change fail if somebody changed the same meanwhile. */
export const ifMatch = (etag: string | null): Record<string, string> => (etag === null ? {} : { "If-Match": etag });
