import { Paper, Text, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useEffect, useMemo, useRef, useState, type RefObject } from "react";

import { isComposing } from "../../../shared/composition";
import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";

/** slashQuery returns what follows a slash (or a full-width one) at the start of a text, or null. */
export function slashQuery(text: string): string | null {
  const found = /^[/／]([^\n]{0,80})$/.exec(text);
  return found ? (found[1] ?? "") : null;
}

interface Props {
  c: Conversation;
  q: string;
  box: RefObject<HTMLTextAreaElement | null>;
  choose: (text: string) => void;
  leave: () => void;
}

/**
 * QuickReplies searches quick replies while the agent types: arrows select, Enter inserts, Escape closes the list and keeps
 * the text. While it is open Enter never sends; pressed before the results are those of the text, it waits for them.
 */
export function QuickReplies({ c, q, box, choose, leave }: Props) {
  const typed = q.trim();
  const [words] = useDebouncedValue(typed, 120);
  const found = useQuery({
    queryKey: ["quick-replies", c.id, words],
    placeholderData: keepPreviousData,
    staleTime: 60_000,
    queryFn: () =>
      answer(api.GET("/v1/quick-replies", { params: { query: { conversation_id: c.id, limit: 8, ...(words && { q: words }) } } })),
    select: (page) => page.items.slice(0, 8),
  });
  const items = useMemo(() => found.data ?? [], [found.data]);
  const current = words === typed && found.isSuccess && !found.isPlaceholderData;
  const [at, setAt] = useState(0);
  const chosen = Math.min(at, Math.max(0, items.length - 1));
  const awaited = useRef<string | null>(null); // for what Enter was pressed

  useEffect(() => {
    if (!current) return;
    const taken = awaited.current === typed && items[chosen];
    awaited.current = null;
    if (taken) choose(taken.text ?? "");
  }, [current, typed, items, chosen, choose]);

  useEffect(() => {
    const area = box.current;
    if (!area) return;
    const press = (e: KeyboardEvent) => {
      if (isComposing(e)) return; // Enter takes what the input method proposes
      if (e.key === "ArrowDown" || e.key === "ArrowUp") {
        setAt((chosen + (e.key === "ArrowDown" ? 1 : items.length - 1)) % Math.max(1, items.length));
      } else if ((e.key === "Enter" && !e.shiftKey) || (e.key === "Tab" && !e.shiftKey && (items[chosen] || !current))) {
        if (!current) awaited.current = typed;
        else if (items[chosen]) choose(items[chosen].text ?? "");
      } else if (e.key === "Escape") {
        leave();
      } else {
        return;
      }
      e.preventDefault();
      e.stopPropagation();
    };
    area.addEventListener("keydown", press, true);
    area.setAttribute("aria-controls", "quick-replies");
    area.setAttribute("aria-activedescendant", items[chosen] ? `quick-${items[chosen].id}` : "");
    return () => {
      area.removeEventListener("keydown", press, true);
      area.removeAttribute("aria-controls");
      area.removeAttribute("aria-activedescendant");
    };
  }, [box, choose, leave, chosen, items, current, typed]);

  return (
    <Paper withBorder shadow="md" className="quick">
      <div id="quick-replies" role="listbox" aria-label="Quick replies">
        {items.map((r, i) => (
          <UnstyledButton
            key={r.id}
            id={`quick-${r.id}`}
            role="option"
            aria-selected={i === chosen}
            tabIndex={-1}
            className="quick-item"
            onMouseDown={(e) => e.preventDefault()}
            onClick={() => choose(r.text ?? "")}
          >
            <Text size="sm" fw={600} span>
              {r.title}
            </Text>
            <Text size="xs" c="dimmed" lineClamp={1} dir="auto">
              {r.text}
            </Text>
          </UnstyledButton>
        ))}
      </div>
      {items.length === 0 && (
        <Text size="sm" c="dimmed" p="xs" role="status">
          {found.isError
            ? "Could not load quick replies. Press Esc to write without them."
            : !current
              ? "Searching…"
              : typed
                ? `No quick reply matches “${typed}”. Press Esc to write it as a message.`
                : "There are no quick replies yet. Press Esc to write a message."}
        </Text>
      )}
    </Paper>
  );
}
