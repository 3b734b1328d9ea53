import type { Conversation } from "../api/types";
import type { Draft, Mode } from "./drafts";

export const modes: { value: Mode; label: string }[] = [
  { value: "reply", label: "Reply" },
  { value: "internal", label: "Internal" },
  { value: "note", label: "Note" },
];

/** isPossible: a closed conversation takes notes only. */
export const isPossible = (mode: Mode, c: Conversation): boolean => mode === "note" || c.state !== "closed";

/** modeOf is the draft's mode if the conversation allows it, else a note. */
export const modeOf = (draft: Draft, c: Conversation): Mode => (isPossible(draft.mode, c) ? draft.mode : "note");

/** mayReply: the customer is written to by the agent who has the conversation, and by those who were brought in. */
export const mayReply = (c: Conversation, mine: boolean, joined = false): boolean => c.state === "active" && (mine || joined);
