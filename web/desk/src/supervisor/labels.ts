import type { Presence } from "../api/types";
import type { Figure, LiveConversation, Order } from "./useLiveData";

/** figures are the columns of the wallboard, in their order. */
export const figures: readonly Figure[] = ["waiting", "offered", "held", "active", "unanswered", "parked", "wrap_up", "ongoing"];

/** figureLabels name the figures until their definitions have come. */
export const figureLabels: Record<Figure, string> = {
  ongoing: "Ongoing",
  waiting: "Waiting",
  offered: "Offered",
  held: "On hold",
  active: "Active",
  unanswered: "Awaiting reply",
  parked: "Waiting for customer",
  wrap_up: "Wrap-up",
};

export const orders: { value: Order; label: string }[] = [
  { value: "wait", label: "Longest wait first" },
  { value: "newest", label: "Newest first" },
  { value: "oldest", label: "Oldest first" },
  { value: "idle", label: "Least recent activity first" },
];

/** standing is how a conversation stands, in the words of the figures. */
export function standing(c: LiveConversation): string {
  switch (c.state) {
    case "open":
      if (c.hold) return "On hold";
      return c.offered_to ? `Offered to ${c.offered_to.name}` : "Waiting";
    case "active":
      return "Active";
    case "waiting":
      return "Waiting for customer";
    case "wrap-up":
      return "Wrap-up";
  }
}

/** customerOf is a customer's name, or what is known instead. */
export const customerOf = (c: LiveConversation): string =>
  c.customer_name || (c.channel === "webchat" ? `Visitor ${c.external_id.slice(0, 4)}` : c.external_id);

/** presenceOrder puts those first who can be given something. */
export const presenceOrder: Presence[] = ["available", "busy", "do_not_disturb", "away", "inactive", "offline"];
