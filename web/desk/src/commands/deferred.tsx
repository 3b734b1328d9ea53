import { Button } from "@mantine/core";
import { notifications } from "@mantine/notifications";
import { useSyncExternalStore } from "react";

import type { Command } from "./commands";

/** grace is for how long something can be taken back, in ms. */
export const grace = 5000;

export type Deferred = Command | "transfer";

interface Later {
  what: Deferred;
  timer: ReturnType<typeof setTimeout>;
  toast: string;
  run: Run;
}

/** Run does it; leaving: the page goes away, and the request must outlive it. */
type Run = (leaving: boolean) => Promise<unknown>;

// What will be done with conversations, one thing with each. It is kept beside
// the pages: it goes on when another one is opened.
const waiting = new Map<string, Later>();
const listeners = new Set<() => void>();
const changed = () => listeners.forEach((then) => then());

/** later does something with a conversation after some seconds, and lets it be taken back until then. */
export function later(id: string, what: Deferred, message: string, run: Run, back?: () => void): void {
  if (waiting.has(id)) return;
  const toast = undo(message, "Undo", () => {
    takeBack(id);
    back?.();
    document.querySelector<HTMLElement>(".composer textarea")?.focus();
  });
  const timer = setTimeout(() => {
    if (remove(id)) void run(false);
  }, grace);
  waiting.set(id, { what, timer, toast, run });
  changed();
}

function remove(id: string): Later | undefined {
  const it = waiting.get(id);
  if (!it) return undefined;
  clearTimeout(it.timer);
  notifications.hide(it.toast);
  waiting.delete(id);
  changed();
  return it;
}

/** takeBack has what was to be done not happen, whatever it is or only if it is that. */
export function takeBack(id: string, only?: Deferred): void {
  if (!only || waiting.get(id)?.what === only) remove(id);
}

/** finish does at once what waits: whoever closes the page has asked for it and can take nothing back any more. */
export async function finish(): Promise<void> {
  await Promise.all([...waiting.keys()].map((id) => remove(id)?.run(true)));
}

addEventListener("pagehide", () => void finish());

/** useLater is what is about to be done with a conversation. */
export function useLater(id: string): Deferred | undefined {
  return useSyncExternalStore(
    (then) => {
      listeners.add(then);
      return () => listeners.delete(then);
    },
    () => waiting.get(id)?.what,
  );
}

/** undo tells what was done, and for some seconds offers to take it back. */
export function undo(message: string, label: string, back: () => void): string {
  const id = notifications.show({
    autoClose: grace,
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
