import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";

import { cell, useCell } from "../state/state";
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
const pending = cell<ReadonlyMap<string, Pending>>(
  "commands.deferred",
  () => new Map(),
  (all) => {
    for (const { timer } of all.values()) clearTimeout(timer);
  },
);

/** defer does something with a conversation after some seconds, and lets it be taken back until then. */
export function defer(id: string, what: DeferredCommand, message: string, run: Run, back?: () => void): void {
  if (pending.get().has(id)) return;
  const toast = notifyWithUndo(message, "Undo", () => {
    cancelDeferred(id);
    back?.();
    document.querySelector<HTMLElement>(".composer textarea")?.focus();
  });
  const timer = setTimeout(() => {
    if (remove(id)) void run(false);
  }, undoTime);
  pending.set(new Map(pending.get()).set(id, { what, timer, toast, run }));
}

function remove(id: string): Pending | undefined {
  const rest = new Map(pending.get());
  const it = rest.get(id);
  if (!it) return undefined;
  clearTimeout(it.timer);
  notifications.hide(it.toast);
  rest.delete(id);
  pending.set(rest);
  return it;
}

/** cancelDeferred has what was to be done not happen, whatever it is or only if it is that. */
export function cancelDeferred(id: string, only?: DeferredCommand): void {
  if (!only || pending.get().get(id)?.what === only) remove(id);
}

/** flushDeferred does at once what waits: whoever closes the page has asked for it and can take nothing back any more. */
export async function flushDeferred(): Promise<void> {
  await Promise.all([...pending.get().keys()].map((id) => remove(id)?.run(true)));
}

addEventListener("pagehide", () => void flushDeferred());

/** useDeferred is what is about to be done with a conversation. */
export const useDeferred = (id: string): DeferredCommand | undefined => useCell(pending, (all) => all.get(id)?.what);

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
