import { useNavigate } from "@tanstack/react-router";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useEffect, useRef } from "react";

import type { Conversation } from "../api/types";
import { useShortcut } from "../keys/shortcuts";
import { Row } from "./Row";

const height = 76;

/** List shows conversations; only visible rows are rendered. */
export function List({ items, open, label, more }: { items: Conversation[]; open?: string; label: string; more?: () => void }) {
  const box = useRef<HTMLDivElement>(null);
  const go = useNavigate();
  // eslint-disable-next-line react-hooks/incompatible-library -- the virtualizer is read during this render only
  const rows = useVirtualizer({
    count: items.length,
    getScrollElement: () => box.current,
    estimateSize: () => height,
    overscan: 8,
    getItemKey: (i) => items[i]?.id ?? i,
  });
  const shown = rows.getVirtualItems();
  const last = shown.at(-1)?.index ?? 0;
  useEffect(() => {
    if (more && last >= items.length - 10) more();
  }, [more, last, items.length]);

  const move = (by: number) => {
    const focused = (document.activeElement as HTMLElement | null)?.dataset["row"];
    const at = items.findIndex((c) => c.id === (focused ?? open));
    const next = at < 0 ? (by > 0 ? 0 : items.length - 1) : Math.min(items.length - 1, Math.max(0, at + by));
    const id = items[next]?.id;
    if (!id) return;
    rows.scrollToIndex(next);
    requestAnimationFrame(() => box.current?.querySelector<HTMLElement>(`[data-row="${id}"]`)?.focus());
  };
  useShortcut("j", () => move(1));
  useShortcut("k", () => move(-1));

  return (
    <div ref={box} className="rows">
      <div role="list" aria-label={label} style={{ height: rows.getTotalSize(), position: "relative" }}>
        {shown.map((row) => {
          const c = items[row.index];
          return (
            c && (
              <div
                key={row.key}
                role="listitem"
                aria-setsize={items.length}
                aria-posinset={row.index + 1}
                style={{ position: "absolute", insetInline: 0, height, transform: `translateY(${row.start}px)` }}
              >
                <Row c={c} open={c.id === open} go={() => void go({ to: "/c/$id", params: { id: c.id }, search: (s) => s })} />
              </div>
            )
          );
        })}
      </div>
    </div>
  );
}
