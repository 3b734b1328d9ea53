import { useEffect, useRef } from "react";

import { prefs } from "../ui/prefs";

/** shortcuts are all single keys, as the help shows them. */
export const shortcuts = [
  { keys: ["J", "K"], does: "Next and previous conversation of the list" },
  { keys: ["Enter"], does: "Open it" },
  { keys: ["A"], does: "Accept the offer" },
  { keys: ["D"], does: "Decline the offer" },
  { keys: ["R"], does: "Reply to the customer" },
  { keys: ["I"], does: "Say something to colleagues only" },
  { keys: ["N"], does: "Write a note" },
  { keys: ["T"], does: "Transfer the conversation" },
  { keys: ["P"], does: "Park it" },
  { keys: ["E"], does: "End it; once more: close it" },
  { keys: ["/"], does: "Quick replies, at the beginning of what you write" },
  { keys: ["Esc"], does: "Leave what you write, back to the list" },
  { keys: ["⌘ K", "Ctrl K"], does: "Search and commands" },
  { keys: ["?"], does: "All keys" },
] as const;

/** useShortcut does something when a single key is pressed and nothing is being written. */
export function useShortcut(key: string, then: () => void, enabled = true): void {
  const latest = useRef(then);
  useEffect(() => {
    latest.current = then;
  });
  useEffect(() => {
    if (!enabled) return;
    const press = (e: KeyboardEvent) => {
      if (e.key.toLowerCase() !== key || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented || e.repeat) return;
      if (!prefs().shortcuts || writing(e.target) || document.querySelector("[role=dialog][aria-modal=true], [role=menu]")) return;
      e.preventDefault();
      latest.current();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, [key, enabled]);
}

function writing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName));
}
