import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";

import { cell, useCell } from "../state/state";
import type { Command } from "./commands";

/** undoTime is how long a command can be undone, in ms. */
export const undoTime = 5000;

/** transferUndoTime is how long a transfer can be undone, in ms: somebody else is told. */
export const transferUndoTime = 10_000;

export type DeferredCommand = Command | "transfer";

interface Pending {
  what: DeferredCommand;
  timer: ReturnType<typeof setTimeout>;
  toast: string;
  run: Run;
}

/** Run runs the command. If leaving, the page is being closed and the request must outlive it. */
type Run = (leaving: boolean) => Promise<unknown>;

// The commands that wait, at most one for each conversation. They are kept outside of
// the pages, so that they run when another page is opened.
const pending = cell<ReadonlyMap<string, Pending>>(
  "commands.deferred",
  () => new Map(),
  (all) => {
    for (const { timer } of all.values()) clearTimeout(timer);
  },
);

/** defer runs a command on a conversation after some seconds, with a button to undo it until then. */
export function defer(id: string, what: DeferredCommand, message: string, run: Run, back?: () => void, time = undoTime): void {
  if (pending.get().has(id)) return;
  const toast = notifyWithUndo(
    message,
    "Undo",
    () => {
      cancelDeferred(id);
      back?.();
      document.querySelector<HTMLElement>(".composer textarea")?.focus();
    },
    time,
  );
  const timer = setTimeout(() => {
    if (remove(id)) void run(false);
  }, time);
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

/** cancelDeferred cancels a waiting command, or only a given one. */
export function cancelDeferred(id: string, only?: DeferredCommand): void {
  if (!only || pending.get().get(id)?.what === only) remove(id);
}

/** flushDeferred runs all waiting commands at once, as when the page is closed: nobody can undo them any more. */
export async function flushDeferred(): Promise<void> {
  await Promise.all([...pending.get().keys()].map((id) => remove(id)?.run(true)));
}

addEventListener("pagehide", () => void flushDeferred());

/** useDeferred returns the command that waits for a conversation. */
export const useDeferred = (id: string): DeferredCommand | undefined => useCell(pending, (all) => all.get(id)?.what);

/** notifyWithUndo shows a message with an undo button for some seconds. */
export function notifyWithUndo(message: string, label: string, back: () => void, time = undoTime): string {
  const id = notifications.show({
    autoClose: time,
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
