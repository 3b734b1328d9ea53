import type { Conversation, Me } from "../api/types";

export const views = ["offers", "mine", "waiting", "open", "closed"] as const;
export type View = (typeof views)[number];

/** apiViews are the API's lists that fill each view. */
export const apiViews = { offers: "offered", mine: "mine", waiting: "mine", open: "open", closed: "closed" } as const;

export const isView = (v: unknown): v is View => views.includes(v as View);

interface Place {
  state: Conversation["state"];
  agent: string | null;
  offered: string | null;
  queue: string | null;
}

/** viewFor returns the view that a conversation belongs to, or null. */
export function viewFor(p: Place, mine: string | undefined, me: Me): View | null {
  const all = me.role !== "agent";
  if (mine && p.offered === mine) return "offers";
  if (p.state === "closed") return all || p.agent === mine ? "closed" : null;
  if (mine && p.agent === mine) return p.state === "waiting" ? "waiting" : "mine";
  if (p.state === "open") return all || me.queues.some((q) => q.id === p.queue) ? "open" : null;
  return null;
}

/** takesPart tells whether I advise, watch or joined somebody else's conversation. */
export const takesPart = (c: Conversation, mine: string | undefined): boolean =>
  c.state !== "closed" && c.participants.some((p) => p.agent_id === mine && p.stage !== "asked");

export const viewOf = (c: Conversation, me: Me): View | null =>
  takesPart(c, me.agent?.id)
    ? "mine"
    : viewFor(
        { state: c.state, agent: c.agent?.id ?? null, offered: c.offer?.agent_id ?? null, queue: c.queue?.id ?? null },
        me.agent?.id,
        me,
      );

const waitingSince = (c: Conversation) => c.unanswered_since ?? c.waiting_since ?? c.created_at;

/** comparator sorts a view: who has waited longest for a reply comes first, then the latest activity. */
export function comparator(view: View): (a: Conversation, b: Conversation) => number {
  switch (view) {
    case "closed":
      return (a, b) => (b.closed_at ?? "").localeCompare(a.closed_at ?? "");
    case "open":
    case "offers":
      return (a, b) => a.priority - b.priority || waitingSince(a).localeCompare(waitingSince(b));
    default:
      return (a, b) => {
        const need = Number(needsReply(b)) - Number(needsReply(a));
        if (need !== 0) return need;
        return needsReply(a) ? waitingSince(a).localeCompare(waitingSince(b)) : b.last_activity_at.localeCompare(a.last_activity_at);
      };
  }
}

/** needsReply tells whether the customer waits for a reply. Internal and system messages are no reply. */
export const needsReply = (c: Conversation): boolean => c.unanswered_since !== null && c.state !== "closed";
