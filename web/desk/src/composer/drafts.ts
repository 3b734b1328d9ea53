import { useCallback, useEffect, useState, useSyncExternalStore } from "react";

import { answer, api, Problem } from "../api/client";
import type { Attachment, FieldError } from "../api/types";
import { timers } from "../state/timers";
import { localStore, omit } from "../ui/localStore";
import type { NewButton } from "./buttons";

export type Mode = "reply" | "internal" | "note";

export interface Draft {
  mode: Mode;
  text: string; // to become what mode says
  others?: Partial<Record<Mode, string>>; // begun for other readers, and kept apart from it
  files: Attachment[]; // uploaded, and not sent yet; kept in this browser only
  buttons?: NewButton[]; // what the customer may tap; kept in this browser only
  refused?: FieldError[]; // what the server said of them when they were sent
  unsaved?: Mode[]; // the server has other texts of these modes
}

export const emptyDraft: Draft = { mode: "reply", text: "", files: [] };

const store = localStore<Record<string, Draft>>("drafts", {});

export const draftOf = (id: string): Draft => store.get()[id] ?? emptyDraft;

/** textFor returns the draft's text for a mode. */
export const textFor = (draft: Draft, mode: Mode): string => (draft.mode === mode ? draft.text : (draft.others?.[mode] ?? ""));

/** inMode switches a draft to a mode. Each mode has its own text, so an internal text never shows up in a reply. */
function inMode(draft: Draft, mode: Mode): Draft {
  if (draft.mode === mode) return draft;
  return { ...draft, mode, text: textFor(draft, mode), others: { ...draft.others, [draft.mode]: draft.text, [mode]: "" } };
}

/** updateDraft changes a draft, in the browser at once and on the server a moment later. The mode changes before the text. */
export function updateDraft(id: string, change: Partial<Draft>): void {
  store.change((all) => {
    const before = all[id] ?? emptyDraft;
    const after = { ...inMode(before, change.mode ?? before.mode), ...change };
    const unsaved = modes.filter((m) => before.unsaved?.includes(m) || textFor(before, m) !== textFor(after, m));
    return withDraft(all, id, { ...after, unsaved });
  });
  saveSoon(id);
}

/** clearDraft empties a mode's text, unless it has changed since. */
export function clearDraft(id: string, mode: Mode, text: string): void {
  const draft = draftOf(id);
  if (textFor(draft, mode) !== text) return;
  if (draft.mode === mode) updateDraft(id, { text: "" });
  else updateDraft(id, { others: { ...draft.others, [mode]: "" } });
}

function withDraft(all: Record<string, Draft>, id: string, draft: Draft): Record<string, Draft> {
  const nothing = !hasText(draft) && draft.files.length === 0 && !draft.buttons?.length;
  if (!nothing || draft.mode !== "reply" || isUnsaved(draft)) return { ...all, [id]: draft };
  return omit(all, id);
}

const modes: Mode[] = ["reply", "internal", "note"];

const hasText = (draft: Draft): boolean => modes.some((m) => textFor(draft, m) !== "");

const isUnsaved = (draft: Draft | undefined): boolean => Boolean(draft?.unsaved?.length);

/** withText sets a mode's text, whichever mode is shown. */
const withText = (draft: Draft, mode: Mode, text: string): Draft =>
  draft.mode === mode ? { ...draft, text } : { ...draft, others: { ...draft.others, [mode]: text } };

const saves = timers("drafts.saves");

const saveSoon = (id: string, wait = 700): void => saves.start(id, wait, () => void saveDraft(id));

/** saveDraft saves a draft on the server, a text for each mode, and retries later if that fails. */
export async function saveDraft(id: string, keepalive = false): Promise<void> {
  saves.stop(id);
  for (const mode of store.get()[id]?.unsaved ?? []) {
    const text = textFor(draftOf(id), mode);
    try {
      await answer(api.PUT("/v1/conversations/{id}/draft", { params: { path: { id } }, body: { mode, text }, keepalive }));
    } catch (error) {
      if (error instanceof Problem && error.retryable) saveSoon(id, 5000);
      return;
    }
    store.change((all) => {
      const now = all[id];
      if (!now || textFor(now, mode) !== text) return all; // typed on; that is told by itself
      return withDraft(all, id, { ...now, unsaved: now.unsaved?.filter((m) => m !== mode) ?? [] });
    });
  }
}

/** saveAllDrafts saves every unsaved draft, as when the page is closed. */
export async function saveAllDrafts(): Promise<void> {
  await Promise.all(Object.entries(store.get()).map(([id, draft]) => isUnsaved(draft) && saveDraft(id, true)));
}

export interface ServerDraft {
  mode: Mode;
  text: string;
  others: Partial<Record<Mode, string>>;
}

/** adoptServerDraft applies the server's texts unless this browser has newer ones. */
export function adoptServerDraft(id: string, fetched: ServerDraft): void {
  store.change((all) => {
    const here = all[id] ?? emptyDraft;
    const there = (m: Mode) => (fetched.mode === m ? fetched.text : (fetched.others[m] ?? ""));
    const changed = modes.filter((m) => !here.unsaved?.includes(m) && textFor(here, m) !== there(m));
    if (changed.length === 0) return all;
    const adopted = changed.reduce((draft, m) => withText(draft, m, there(m)), here);
    // Nothing is being written here: go on with what was typed last.
    return withDraft(all, id, adopted.text === "" && fetched.text !== "" ? inMode(adopted, fetched.mode) : adopted);
  });
}

/** useDraft returns a conversation's draft, and loads the server's when the conversation is opened. */
export function useDraft(id: string): [Draft, (change: Partial<Draft>) => void] {
  const all = useSyncExternalStore(store.subscribe, store.get);
  const change = useCallback((c: Partial<Draft>) => updateDraft(id, c), [id]);
  useEffect(() => {
    let left = false;
    answer(api.GET("/v1/conversations/{id}/draft", { params: { path: { id } } })).then(
      (d) => {
        if (!left) adoptServerDraft(id, d);
      },
      () => undefined, // what is here stays
    );
    if (isUnsaved(store.get()[id])) saveSoon(id);
    return () => {
      left = true;
      void saveDraft(id);
    };
  }, [id]);
  return [all[id] ?? emptyDraft, change];
}

/** useHasDraft tells whether a conversation has an unsent text. */
export function useHasDraft(): (id: string) => boolean {
  const all = useSyncExternalStore(store.subscribe, store.get);
  return (id) => hasText(all[id] ?? emptyDraft);
}

/** useSaveOnLeave saves drafts when the page is hidden or closed. */
export function useSaveOnLeave(): void {
  const [leave] = useState(() => () => {
    if (document.visibilityState === "hidden") void saveAllDrafts();
  });
  useEffect(() => {
    document.addEventListener("visibilitychange", leave);
    const gone = () => void saveAllDrafts();
    addEventListener("pagehide", gone);
    return () => {
      document.removeEventListener("visibilitychange", leave);
      removeEventListener("pagehide", gone);
    };
  }, [leave]);
}
