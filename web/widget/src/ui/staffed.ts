import type { Part } from "./part.ts";

/** isStaffed tells whether somebody is at work who answers, as far as is known now. */
export function isStaffed({ thread, settings }: Part["chat"]): boolean {
  const now = thread ?? settings;
  return now.agents_available && now.open;
}
