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
  kept: boolean; // the server has this text
}

export const emptyDraft: Draft = { mode: "reply", text: "", files: [], kept: true };

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
    const [was, is] = [serverPart(before), serverPart(after)];
    return withDraft(all, id, { ...after, kept: before.kept && was.text === is.text && was.mode === is.mode });
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
  if (!nothing || draft.mode !== "reply" || !draft.kept) return { ...all, [id]: draft };
  return omit(all, id);
}

const modes: Mode[] = ["reply", "internal", "note"];

const hasText = (draft: Draft): boolean => modes.some((m) => textFor(draft, m) !== "");

/** serverPart is the one text that the server stores: that of the current mode, else of another mode. */
function serverPart(draft: Draft): { mode: Mode; text: string } {
  const mode = draft.text === "" ? (modes.find((m) => textFor(draft, m) !== "") ?? draft.mode) : draft.mode;
  return { mode, text: textFor(draft, mode) };
}

const saves = timers("drafts.saves");

const saveSoon = (id: string, wait = 700): void => saves.start(id, wait, () => void saveDraft(id));

/** saveDraft saves a draft on the server, and retries later if that fails. */
export async function saveDraft(id: string, keepalive = false): Promise<void> {
  saves.stop(id);
  const draft = store.get()[id];
  if (!draft || draft.kept) return;
  const { mode, text } = serverPart(draft);
  try {
    await answer(api.PUT("/v1/conversations/{id}/draft", { params: { path: { id } }, body: { mode, text }, keepalive }));
  } catch (error) {
    const again = error instanceof Problem && error.retryable;
    if (again) saveSoon(id, 5000);
    return;
  }
  store.change((all) => {
    const now = all[id];
    if (!now || serverPart(now).text !== text || serverPart(now).mode !== mode) return all; // typed on; that is told by itself
    return withDraft(all, id, { ...now, kept: true });
  });
}

/** saveAllDrafts saves every unsaved draft, as when the page is closed. */
export async function saveAllDrafts(): Promise<void> {
  await Promise.all(Object.entries(store.get()).map(([id, draft]) => !draft.kept && saveDraft(id, true)));
}

/** adoptServerDraft applies the server's draft unless this browser has a newer one. The texts of other modes stay. */
export function adoptServerDraft(id: string, fetched: { mode: Mode; text: string }): void {
  store.change((all) => {
    const here = all[id] ?? emptyDraft;
    const same = serverPart(here);
    if (!here.kept || fetched.text === same.text) return all;
    if (fetched.text !== "") return withDraft(all, id, { ...inMode(here, fetched.mode), text: fetched.text, kept: true });
    const gone = { ...inMode(here, same.mode), text: "" }; // sent or emptied elsewhere
    return withDraft(all, id, { ...inMode(gone, here.mode), kept: true });
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
    if (store.get()[id]?.kept === false) saveSoon(id);
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
