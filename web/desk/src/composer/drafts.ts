import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

import { answer, api } from "../api/client";
import type { Attachment, FieldError } from "../api/types";
import { kept, without } from "../ui/localStore";
import type { NewButton } from "./buttons";

export type Mode = "reply" | "internal" | "note";

export interface Draft {
  mode: Mode;
  text: string; // to become what mode says
  others?: Partial<Record<Mode, string>>; // begun for other readers, and kept apart from it
  files: Attachment[]; // uploaded, and not sent yet; kept in this browser only
  buttons?: NewButton[]; // what the customer may tap; kept in this browser only
  refused?: FieldError[]; // what the server said of them when they were sent
  kept: boolean; // the server has this text
}

export const empty: Draft = { mode: "reply", text: "", files: [], kept: true };

const store = kept<Record<string, Draft>>("drafts", {});

export const draftOf = (id: string): Draft => store.get()[id] ?? empty;

/** textFor is what was begun for some readers. */
export const textFor = (draft: Draft, mode: Mode): string => (draft.mode === mode ? draft.text : (draft.others?.[mode] ?? ""));

/** inMode is a draft turned to other readers: a text for some is never shown as one for others. */
function inMode(draft: Draft, mode: Mode): Draft {
  if (draft.mode === mode) return draft;
  return { ...draft, mode, text: textFor(draft, mode), others: { ...draft.others, [draft.mode]: draft.text, [mode]: "" } };
}

/** write changes a draft: in the browser at once, on the server a moment later. A change of mode comes before that of the text. */
export function write(id: string, change: Partial<Draft>): void {
  store.change((all) => {
    const before = all[id] ?? empty;
    const after = { ...inMode(before, change.mode ?? before.mode), ...change };
    const [was, is] = [told(before), told(after)];
    return settled(all, id, { ...after, kept: before.kept && was.text === is.text && was.mode === is.mode });
  });
  soon(id);
}

/** clear empties what was begun for some readers, if it is still that. */
export function clear(id: string, mode: Mode, text: string): void {
  const draft = draftOf(id);
  if (textFor(draft, mode) !== text) return;
  if (draft.mode === mode) write(id, { text: "" });
  else write(id, { others: { ...draft.others, [mode]: "" } });
}

function settled(all: Record<string, Draft>, id: string, draft: Draft): Record<string, Draft> {
  const nothing = !begun(draft) && draft.files.length === 0 && !draft.buttons?.length;
  if (!nothing || draft.mode !== "reply" || !draft.kept) return { ...all, [id]: draft };
  return without(all, id);
}

const modes: Mode[] = ["reply", "internal", "note"];

const begun = (draft: Draft): boolean => modes.some((m) => textFor(draft, m) !== "");

/** told is what the server keeps, which has room for one text: the one in hand, else another that was begun. */
function told(draft: Draft): { mode: Mode; text: string } {
  const mode = draft.text === "" ? (modes.find((m) => textFor(draft, m) !== "") ?? draft.mode) : draft.mode;
  return { mode, text: textFor(draft, mode) };
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
  const { mode, text } = told(draft);
  try {
    await answer(api.PUT("/v1/conversations/{id}/draft", { params: { path: { id } }, body: { mode, text }, keepalive }));
  } catch (error) {
    const again = (error as { again?: boolean }).again === true;
    if (again) soon(id, 5000);
    return;
  }
  store.change((all) => {
    const now = all[id];
    if (!now || told(now).text !== text || told(now).mode !== mode) return all; // typed on; that is told by itself
    return settled(all, id, { ...now, kept: true });
  });
}

/** keepAll tells the server everything that it was not told, as when the page goes away. */
export async function keepAll(): Promise<void> {
  await Promise.all(Object.entries(store.get()).map(([id, draft]) => !draft.kept && keep(id, true)));
}

/** adopt takes the server's draft, unless something newer was typed here. What was begun for other readers stays. */
export function adopt(id: string, fetched: { mode: Mode; text: string }): void {
  store.change((all) => {
    const here = all[id] ?? empty;
    const same = told(here);
    if (!here.kept || fetched.text === same.text) return all;
    if (fetched.text !== "") return settled(all, id, { ...inMode(here, fetched.mode), text: fetched.text, kept: true });
    const gone = { ...inMode(here, same.mode), text: "" }; // sent or emptied elsewhere
    return settled(all, id, { ...inMode(gone, here.mode), kept: true });
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
  return (id) => begun(all[id] ?? empty);
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
