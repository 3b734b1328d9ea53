import type { View } from "../conversation/views";

export const viewLabels: Record<View, string> = { offers: "Offers", mine: "Mine", waiting: "Waiting", open: "Open", closed: "Closed" };

/** emptyStates are the texts of views without conversations. */
export const emptyStates: Record<View, { title: string; text: string }> = {
  offers: { title: "No offers", text: "New conversations are offered to you here while you are available." },
  mine: {
    title: "No conversations assigned to you",
    text: "Conversations you accept stay here until you close them. Take one from Open, or wait for an offer.",
  },
  waiting: { title: "No conversations waiting", text: "Conversations you park stay here until the customer writes again." },
  open: { title: "No open conversations", text: "Conversations without an agent appear here, longest waiting first." },
  closed: { title: "No conversations closed today", text: "Conversations you close stay here until midnight." },
};
