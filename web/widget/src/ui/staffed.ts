import type { Part } from "./part.ts";

/** isStaffed tells whether the site is open and an agent is available. */
export function isStaffed({ thread, settings }: Part["chat"]): boolean {
  const now = thread ?? settings;
  return now.agents_available && now.open;
}
