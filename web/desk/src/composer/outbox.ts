import { useSyncExternalStore } from "react";

import { newID } from "../../../shared/uuid";
import { answer, api, Problem } from "../api/client";
import type { Attachment, FieldError, Message, NewMessage, QuickButton } from "../api/types";
import { storeMessages, queryKeys, queryClient, type Thread } from "../live/store";
import { localStore } from "../ui/localStore";
import { withLock } from "../ui/lock";

/** OutboxItem is a message that was sent and that the server has not confirmed. */
export interface OutboxItem {
  key: string; // the Idempotency-Key: however often it is tried, it takes effect once
  conversation: string;
  internal: boolean;
  text: string; // as it is shown
  files: Attachment[];
  buttons?: QuickButton[];
  replyTo?: string;
  template?: NonNullable<NewMessage["template"]>;
  at: string;
  failed?: { code: string; detail: string; fields?: FieldError[] };
}

// It is stored before it is sent, so neither a reload nor a crash loses it: the
// next page sends it again, under its key.
const store = localStore<OutboxItem[]>("outbox", []);

export function useOutbox(conversation: string): OutboxItem[] {
  const all = useSyncExternalStore(store.subscribe, store.get);
  return all.filter((s) => s.conversation === conversation);
}

export function send(s: Omit<OutboxItem, "key" | "at">): void {
  store.change((all) => [...all, { ...s, key: newID(), at: new Date().toISOString() }]);
  void flush(s.conversation);
}

export function retry(key: string): void {
  const s = store.get().find((x) => x.key === key);
  if (!s) return;
  store.change((all) => all.map((x) => (x.key === key ? { ...x, failed: undefined } : x)));
  void flush(s.conversation);
}

/** unsentCount is the number of messages in the outbox. */
export const unsentCount = (): number => store.get().length;

export const discard = (key: string): void => store.change((all) => all.filter((x) => x.key !== key));

/** flushAll sends what is still in the outbox, as after a reload. */
export function flushAll(): void {
  for (const id of new Set(store.get().map((s) => s.conversation))) void flush(id);
}

/**
 * flush sends a conversation's messages in order. One tab at a
 * time does; another that waited for it finds the outbox empty.
 */
export async function flush(conversation: string): Promise<void> {
  await withLock(`switchboard-outbox-${conversation}`, async () => {
    const tried = new Set<string>();
    for (let failures = 0; ;) {
      const next = store.get().find((s) => s.conversation === conversation && !s.failed && !tried.has(s.key));
      if (!next) return;
      const outcome = await attempt(next);
      if (outcome === "again") {
        await pause(Math.min(10_000, 500 * 2 ** failures++));
        continue;
      }
      failures = 0;
      tried.add(next.key);
    }
  });
}

async function attempt(s: OutboxItem): Promise<"done" | "again"> {
  try {
    const m = await post(s);
    storeMessages(s.conversation, [m]);
    discard(s.key);
    return "done";
  } catch (error) {
    if (!(error instanceof Problem) || error.retryable) return "again";
    if (error.status === 401) return "again"; // whoever signs in again sends it
    const stored = queryClient.getQueryData<Thread>(queryKeys.thread(s.conversation))?.messages.some((m) => m.key === s.key);
    if (stored)
      discard(s.key); // the thread shows that it failed
    else {
      const failed = { code: error.code, detail: error.message, fields: error.document?.errors };
      store.change((all) => all.map((x) => (x.key === s.key ? { ...x, failed } : x)));
    }
    return "done";
  }
}

function post(s: OutboxItem): Promise<Message> {
  const params = { path: { id: s.conversation }, header: { "Idempotency-Key": s.key } };
  if (s.internal) return answer(api.POST("/v1/conversations/{id}/internal-messages", { params, body: { text: s.text } }));
  const body: NewMessage = s.template
    ? { template: s.template }
    : {
        text: s.text,
        ...(s.files.length > 0 && { attachments: s.files.map((f) => f.id) }),
        ...(s.buttons?.length && { buttons: s.buttons }),
        ...(s.replyTo && { reply_to: s.replyTo }),
      };
  return answer(api.POST("/v1/conversations/{id}/messages", { params, body }));
}

/** pause waits, but no longer than until the network is back. */
function pause(wait: number): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      clearTimeout(timer);
      removeEventListener("online", done);
      resolve();
    };
    const timer = setTimeout(done, wait);
    addEventListener("online", done);
  });
}
