import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useSyncExternalStore } from "react";

import type { Command } from "./commands";

/** undoTime is for how long something can be taken back, in ms. */
export const undoTime = 5000;

export type DeferredCommand = Command | "transfer";

interface Pending {
  what: DeferredCommand;
  timer: ReturnType<typeof setTimeout>;
  toast: string;
  run: Run;
}

/** Run does it; leaving: the page goes away, and the request must outlive it. */
type Run = (leaving: boolean) => Promise<unknown>;

// What will be done with conversations, one thing with each. It is kept beside
// the pages: it goes on when another one is opened.
const pending = new Map<string, Pending>();
const listeners = new Set<() => void>();
const changed = () => listeners.forEach((then) => then());

/** defer does something with a conversation after some seconds, and lets it be taken back until then. */
export function defer(id: string, what: DeferredCommand, message: string, run: Run, back?: () => void): void {
  if (pending.has(id)) return;
  const toast = notifyWithUndo(message, "Undo", () => {
    cancelDeferred(id);
    back?.();
    document.querySelector<HTMLElement>(".composer textarea")?.focus();
  });
  const timer = setTimeout(() => {
    if (remove(id)) void run(false);
  }, undoTime);
  pending.set(id, { what, timer, toast, run });
  changed();
}

function remove(id: string): Pending | undefined {
  const it = pending.get(id);
  if (!it) return undefined;
  clearTimeout(it.timer);
  notifications.hide(it.toast);
  pending.delete(id);
  changed();
  return it;
}

/** cancelDeferred has what was to be done not happen, whatever it is or only if it is that. */
export function cancelDeferred(id: string, only?: DeferredCommand): void {
  if (!only || pending.get(id)?.what === only) remove(id);
}

/** flushDeferred does at once what waits: whoever closes the page has asked for it and can take nothing back any more. */
export async function flushDeferred(): Promise<void> {
  await Promise.all([...pending.keys()].map((id) => remove(id)?.run(true)));
}

addEventListener("pagehide", () => void flushDeferred());

/** useDeferred is what is about to be done with a conversation. */
export function useDeferred(id: string): DeferredCommand | undefined {
  return useSyncExternalStore(
    (then) => {
      listeners.add(then);
      return () => listeners.delete(then);
    },
    () => pending.get(id)?.what,
  );
}

/** notifyWithUndo tells what was done, and for some seconds offers to take it back. */
export function notifyWithUndo(message: string, label: string, back: () => void): string {
  const id = notifications.show({
    autoClose: undoTime,
    withBorder: true,
    closeButtonProps: { "aria-label": "Dismiss" },
    message: (
      <span className="undo">
        {message}
        <Button
          size="compact-sm"
          variant="light"
          onClick={() => {
            notifications.hide(id);
            back();
          }}
        >
          {label}
        </Button>
      </span>
    ),
  });
  return id;
}
