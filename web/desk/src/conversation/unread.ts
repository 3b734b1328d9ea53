import { useSyncExternalStore } from "react";

import { localStore } from "../ui/localStore";

// Unread messages of each conversation, stored in the browser. What
// an event reports is counted once, however often it arrives.
interface Count {
  seen: number; // seq up to which the thread was looked at
  counted: number;
  unread: number;
}

const store = localStore<Record<string, Count>>("unread", {});

export function countUnread(id: string, seq: number): void {
  store.change((all) => {
    const c = all[id] ?? { seen: 0, counted: 0, unread: 0 };
    if (seq <= c.counted || seq <= c.seen) return all;
    return { ...all, [id]: { ...c, counted: seq, unread: c.unread + 1 } };
  });
}

export function markSeen(id: string, seq: number): void {
  store.change((all) => {
    const c = all[id];
    if (c && c.unread === 0 && c.seen >= seq) return all;
    return { ...all, [id]: { seen: Math.max(seq, c?.seen ?? 0), counted: Math.max(seq, c?.counted ?? 0), unread: 0 } };
  });
}

export function useUnread(): (id: string) => number {
  const all = useSyncExternalStore(store.subscribe, store.get);
  return (id) => all[id]?.unread ?? 0;
}
