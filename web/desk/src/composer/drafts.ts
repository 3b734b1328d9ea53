import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

import { answer, api } from "../api/client";
import type { Attachment, FieldError } from "../api/types";
import { kept, without } from "../ui/kept";
import type { NewButton } from "./buttons";

export type Mode = "reply" | "internal" | "note";

export interface Draft {
  mode: Mode;
  text: string;
  files: Attachment[]; // uploaded, and not sent yet; kept in this browser only
  buttons?: NewButton[]; // what the customer may tap; kept in this browser only
  refused?: FieldError[]; // what the server said of them when they were sent
  kept: boolean; // the server has this text
}

export const empty: Draft = { mode: "reply", text: "", files: [], kept: true };

const store = kept<Record<string, Draft>>("drafts", {});

export const draftOf = (id: string): Draft => store.get()[id] ?? empty;

/** write changes a draft: in the browser at once, on the server a moment later. */
export function write(id: string, change: Partial<Draft>): void {
  store.change((all) => {
    const before = all[id] ?? empty;
    const after = { ...before, ...change };
    const same = after.text === before.text && after.mode === before.mode;
    return settled(all, id, { ...after, kept: same && before.kept });
  });
  soon(id);
}

function settled(all: Record<string, Draft>, id: string, draft: Draft): Record<string, Draft> {
  const nothing = draft.text === "" && draft.files.length === 0 && !draft.buttons?.length;
  if (!nothing || draft.mode !== "reply" || !draft.kept) return { ...all, [id]: draft };
  return without(all, id);
}

const timers = new Map<string, ReturnType<typeof setTimeout>>();

function soon(id: string, wait = 700): void {
  clearTimeout(timers.get(id));
  timers.set(
    id,
    setTimeout(() => void keep(id), wait),
  );
}

/** keep tells the server; what it does not take now it is told again. */
export async function keep(id: string, keepalive = false): Promise<void> {
  clearTimeout(timers.get(id));
  timers.delete(id);
  const draft = store.get()[id];
  if (!draft || draft.kept) return;
  const { mode, text } = draft;
  try {
    await answer(api.PUT("/v1/conversations/{id}/draft", { params: { path: { id } }, body: { mode, text }, keepalive }));
  } catch (error) {
    const again = (error as { again?: boolean }).again === true;
    if (again) soon(id, 5000);
    return;
  }
  store.change((all) => {
    const now = all[id];
    if (now?.text !== text || now.mode !== mode) return all; // typed on; that is told by itself
    return settled(all, id, { ...now, kept: true });
  });
}

/** keepAll tells the server everything that it was not told, as when the page goes away. */
export async function keepAll(): Promise<void> {
  await Promise.all(Object.entries(store.get()).map(([id, draft]) => !draft.kept && keep(id, true)));
}

/** adopt takes the server's draft, unless something newer was typed here. */
export function adopt(id: string, fetched: { mode: Mode; text: string }): void {
  store.change((all) => {
    const here = all[id];
    if (here && !here.kept) return all;
    if (!here?.text && fetched.text === "") return all;
    return settled(all, id, { ...(here ?? empty), mode: fetched.mode, text: fetched.text, kept: true });
  });
}

/** useDraft is the draft of a conversation, with what the server kept when it is opened. */
export function useDraft(id: string): [Draft, (change: Partial<Draft>) => void] {
  const all = useSyncExternalStore(store.subscribe, store.get);
  const change = useCallback((c: Partial<Draft>) => write(id, c), [id]);
  useEffect(() => {
    let left = false;
    answer(api.GET("/v1/conversations/{id}/draft", { params: { path: { id } } })).then(
      (d) => {
        if (!left) adopt(id, d);
      },
      () => undefined, // what is here stays
    );
    if (store.get()[id]?.kept === false) soon(id);
    return () => {
      left = true;
      void keep(id);
    };
  }, [id]);
  return [all[id] ?? empty, change];
}

/** useHasDraft tells lists where something was typed and not sent. */
export function useHasDraft(): (id: string) => boolean {
  const all = useSyncExternalStore(store.subscribe, store.get);
  return (id) => (all[id]?.text ?? "") !== "";
}

/** useKeepOnLeave keeps drafts when the page is hidden or closed. */
export function useKeepOnLeave(): void {
  const [leave] = useState(() => () => {
    if (document.visibilityState === "hidden") void keepAll();
  });
  useEffect(() => {
    document.addEventListener("visibilitychange", leave);
    const gone = () => void keepAll();
    addEventListener("pagehide", gone);
    return () => {
      document.removeEventListener("visibilitychange", leave);
      removeEventListener("pagehide", gone);
    };
  }, [leave]);
}
