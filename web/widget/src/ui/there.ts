import type { Part } from "./part.ts";

/** there tells whether somebody is at work who answers, as far as is known now. */
export function there({ thread, settings }: Part["chat"]): boolean {
  const now = thread ?? settings;
  return now.agents_available && now.open;
}
