import type { View } from "../conversation/views";

export const viewLabels: Record<View, string> = { offers: "Offers", mine: "Mine", waiting: "Waiting", open: "Open", closed: "Closed" };

/** emptyStates says what will appear in a list, and how. */
export const emptyStates: Record<View, { title: string; text: string }> = {
  offers: { title: "No offers", text: "While you are available, new conversations are offered to you here." },
  mine: { title: "Nothing on your desk", text: "What you accept stays here until you close it. Take one from Open, or wait for an offer." },
  waiting: { title: "Nothing waits", text: "Conversations that you park are here until the customer writes again." },
  open: { title: "Nobody waits", text: "Conversations that no agent has yet appear here, the longest waiting first." },
  closed: { title: "Nothing closed today", text: "What you close is here until midnight." },
};
