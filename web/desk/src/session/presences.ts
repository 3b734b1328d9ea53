import type { Presence } from "../api/types";

/** presences are the labels of the built-in presences, each with a symbol besides its colour. */
export const presences: Record<Presence, { label: string; color: string; sign: string }> = {
  available: { label: "Available", color: "green", sign: "●" },
  busy: { label: "Busy", color: "red", sign: "◐" },
  do_not_disturb: { label: "Do not disturb", color: "red", sign: "⊖" },
  away: { label: "Away", color: "yellow", sign: "◔" },
  inactive: { label: "Inactive", color: "gray", sign: "◌" },
  offline: { label: "Offline", color: "gray", sign: "○" },
};

export const choices = ["available", "busy", "do_not_disturb", "away"] as const;
