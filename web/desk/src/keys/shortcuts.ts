import { useEffect, useRef } from "react";

import { isComposing } from "../../../shared/composition";
import { cell } from "../state/state";
import { prefs } from "../ui/prefs";

/** shortcuts are the keys that the help lists. */
export const shortcuts = [
  { keys: ["J", "K"], action: "Next and previous conversation" },
  { keys: ["Enter"], action: "Open the selected conversation" },
  { keys: ["A"], action: "Accept the offer" },
  { keys: ["D"], action: "Decline the offer" },
  { keys: ["R"], action: "Reply to the customer" },
  { keys: ["I"], action: "Write an internal message" },
  { keys: ["N"], action: "Write a note" },
  { keys: ["T"], action: "Transfer the conversation" },
  { keys: ["P"], action: "Park the conversation" },
  { keys: ["E"], action: "End the conversation; close it after wrap-up. You can undo both for 5 seconds" },
  { keys: ["/"], action: "Quick replies, at the start of a message" },
  { keys: ["Esc"], action: "Leave the message box" },
  { keys: ["⌘ K", "Ctrl K"], action: "Search and commands" },
  { keys: ["?"], action: "Keyboard shortcuts" },
] as const;

/**
 * keyOf returns the key to look up a shortcut by. Layouts of other scripts have no
 * Latin letters, so there it is the letter at the same position of a Latin layout.
 */
export function keyOf(e: Pick<KeyboardEvent, "key" | "code">): string {
  const key = e.key.normalize("NFKC"); // full width
  if (key === "؟") return "?";
  const other = key === "Process" || key === "Unidentified" || (key.length === 1 && /[^\p{Script=Latin}\p{ASCII}]/u.test(key));
  return ((other && /^Key([A-Z])$/.exec(e.code)?.[1]) || key).toLowerCase();
}

/** protectComposition keeps an input method's keys from all other listeners, including the library's. */
export function protectComposition(): void {
  const own = (e: KeyboardEvent) => {
    if (isComposing(e) && /^(Enter|Escape|Tab|Arrow.*)$/.test(e.key)) e.stopImmediatePropagation();
  };
  addEventListener("keydown", own, true);
}

const paused = cell("shortcuts.paused", () => 0);

/** pauseShortcuts disables shortcuts until the returned function is called, while the focus is about to move. */
export function pauseShortcuts(): () => void {
  let over = false;
  paused.set(paused.get() + 1);
  return () => {
    if (!over) paused.set(paused.get() - 1);
    over = true;
  };
}

/** useShortcut calls then when a key is pressed outside of text fields. */
export function useShortcut(key: string, then: () => void, enabled = true): void {
  const latest = useRef(then);
  useEffect(() => {
    latest.current = then;
  });
  useEffect(() => {
    if (!enabled) return;
    const press = (e: KeyboardEvent) => {
      if (keyOf(e) !== key || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || e.repeat || paused.get() > 0) return;
      if (e.getModifierState("AltGraph") || !prefs().shortcuts || isTextField(e.target)) return;
      if (document.querySelector("[role=dialog][aria-modal=true], [role=menu]")) return;
      e.preventDefault();
      latest.current();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [key, enabled]);
}

/** isTextField tells whether an element takes typed text. */
export function isTextField(target: EventTarget | null): boolean {
  return (
    target instanceof HTMLElement &&
    (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) || target.role === "textbox")
  );
}
