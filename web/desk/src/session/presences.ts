import type { Me, Presence } from "../api/types";

/** presences are the labels of the built-in presences, each with a symbol besides its colour. */
export const presences: Record<Presence, { label: string; color: string; sign: string }> = {
  available: { label: "Available", color: "green", sign: "●" },
  busy: { label: "Busy", color: "red", sign: "◐" },
  do_not_disturb: { label: "Do not disturb", color: "red", sign: "⊖" },
  away: { label: "Away", color: "yellow", sign: "◔" },
  inactive: { label: "Inactive", color: "gray", sign: "◌" },
  offline: { label: "Offline", color: "gray", sign: "○" },
};

type Own = Pick<NonNullable<Me["agent"]>, "presence" | "chosen_presence" | "chosen_presence_text">;

/**
 * ownPresence is how my presence is shown to me. One that follows from the load says so: with the first conversation
 * I am still available, and with as many as I take I am at capacity.
 */
export function ownPresence(a: Own): { label: string; color: string; sign: string } {
  const now = presences[a.presence];
  if (a.chosen_presence_text) return { ...now, label: a.chosen_presence_text };
  if (a.chosen_presence !== null) return now;
  if (a.presence === "busy") return presences.available;
  if (a.presence === "do_not_disturb") return { label: "At capacity", color: "orange", sign: "◕" };
  return now;
}

export const choices = ["available", "busy", "do_not_disturb", "away"] as const;
