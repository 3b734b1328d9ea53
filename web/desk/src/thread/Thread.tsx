import { Button, Loader, Text } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { Conversation, Message, Note } from "../api/types";
import { useOutbox } from "../composer/outbox";
import { customerName, previewText } from "../conversation/labels";
import { useCustomerTyping } from "../live/typing";
import { EmptyState, LoadError, SkeletonRows } from "../ui/States";
import { dayKey, formatDay, formatTime } from "../ui/time";
import { orderAlbums } from "./albums";
import { Bubble } from "./Bubble";
import { NoteBubble } from "./NoteBubble";
import { PendingMessage } from "./PendingMessage";
import { useNotes, useThread } from "./useThread";

type Entry = { at: string; key: string } & ({ message: Message } | { note: Note });

/** Thread shows the messages, the latest at the bottom. Older ones are loaded on scrolling up. */
export function Thread({ c }: { c: Conversation }) {
  const { thread, older, failed } = useThread(c.id);
  const notes = useNotes(c.id);
  const types = useCustomerTyping(c.id);
  const messages = thread.data?.messages;
  const written = useMemo(() => new Set(messages?.map((m) => m.key).filter(Boolean)), [messages]);
  const sending = useOutbox(c.id).filter((s) => !written.has(s.key));
  const lines = useMemo(() => interleave(orderAlbums(messages ?? []), notes.data ?? []), [messages, notes.data]);
  const more = thread.data?.hasOlder ?? false;
  const { box, follow, atEnd, onScroll, toEnd } = useScroll(lines.at(-1)?.key, lines[0]?.key, sending.length);
  const top = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const mark = top.current;
    if (!mark || !more || failed) return;
    const seen = new IntersectionObserver(([e]) => e?.isIntersecting && void older(), {
      root: box.current,
      rootMargin: "600px 0px 0px 0px",
    });
    seen.observe(mark);
    return () => seen.disconnect();
  }, [more, older, failed, box]);

  if (thread.isError && !messages)
    return <LoadError what="Could not load messages" error={thread.error} retry={() => void thread.refetch()} />;
  return (
    <div className="scroll-wrap">
      <div className="messages" ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label="Messages">
        {!messages && <SkeletonRows n={7} h={40} />}
        {more && (
          <div ref={top} className="older">
            {failed ? (
              <Button size="xs" variant="default" onClick={() => void older()}>
                Load older messages
              </Button>
            ) : (
              <Loader size="xs" aria-label="Loading older messages" />
            )}
          </div>
        )}
        {messages?.length === 0 && sending.length === 0 && (
          <EmptyState title="No messages yet">Messages appear here as they arrive.</EmptyState>
        )}
        {lines.length > 0 && (
          <div className="lines" ref={follow}>
            {lines.map((line, i) => (
              <div key={line.key} className="line">
                {dayKey(line.at) !== (i > 0 ? dayKey(lines[i - 1]?.at ?? "") : "") && (
                  <Text size="xs" c="dimmed" className="day">
                    {formatDay(line.at)}
                  </Text>
                )}
                {"note" in line ? <NoteBubble note={line.note} /> : <Bubble m={line.message} c={c} all={messages ?? []} />}
              </div>
            ))}
          </div>
        )}
        {c.customer_away_since && c.state !== "closed" && (
          <Text size="xs" c="dimmed" className="system" role="status">
            Customer away since {formatTime(c.customer_away_since)}
          </Text>
        )}
        {types && (
          <Text size="sm" c="dimmed" fs="italic">
            {customerName(c)} is typing…
          </Text>
        )}
        {sending.map((s) => (
          <PendingMessage key={s.key} s={s} />
        ))}
      </div>
      {!atEnd && (
        <Button
          className="to-end"
          size="xs"
          variant="default"
          radius="xl"
          leftSection={<IconArrowDown size={14} aria-hidden />}
          onClick={toEnd}
        >
          Jump to latest
        </Button>
      )}
      <Announcer c={c} messages={messages} />
    </div>
  );
}

function interleave(messages: Message[], notes: Note[]): Entry[] {
  const entries: Entry[] = messages.map((message) => ({ at: message.created_at, key: message.id, message }));
  const first = entries[0]?.at ?? "";
  const noteEntries: Entry[] = notes
    .filter((n) => n.created_at >= first || messages.length === 0)
    .map((note) => ({ at: note.created_at, key: note.id, note }));
  if (noteEntries.length === 0) return entries; // by seq as they are: clocks may disagree
  const out: Entry[] = [];
  let n = 0;
  for (const line of entries) {
    for (let next = noteEntries[n]; next && next.at < line.at; next = noteEntries[++n]) out.push(next);
    out.push(line);
  }
  return [...out, ...noteEntries.slice(n)];
}

/** useScroll keeps the latest message in view, or the reading position if the agent has scrolled up. */
function useScroll(last: string | undefined, first: string | undefined, sending: number) {
  const box = useRef<HTMLDivElement>(null);
  const [atEnd, setAtEnd] = useState(true);
  const end = useRef(true);
  const before = useRef<{ first?: string; height: number }>({ height: 0 });
  const at = useRef(0);
  const toEnd = () => box.current?.scrollTo({ top: box.current.scrollHeight });

  useLayoutEffect(() => {
    const el = box.current;
    if (!el) return;
    if (end.current || sending > 0) toEnd();
    else if (before.current.first !== first && el.scrollTop < 40) el.scrollTop += el.scrollHeight - before.current.height;
    before.current = { first, height: el.scrollHeight };
  }, [last, first, sending]);

  // The window and the composer change size, and lines and images turn out larger than estimated.
  const follow = useCallback((el: HTMLElement | null) => {
    if (!el) return;
    const resized = new ResizeObserver(() => {
      if (end.current) box.current?.scrollTo({ top: box.current.scrollHeight });
    });
    resized.observe(el);
    return () => resized.disconnect();
  }, []);
  useEffect(() => follow(box.current), [follow]);

  const onScroll = () => {
    const el = box.current;
    if (!el) return;
    // Lines turn out larger than estimated as they come into view; only scrolling up leaves the end.
    const near = el.scrollHeight - el.scrollTop - el.clientHeight < 60;
    end.current = near || (end.current && el.scrollTop >= at.current);
    at.current = el.scrollTop;
    if (end.current && !near) toEnd();
    setAtEnd(end.current);
  };
  return { box, follow, atEnd, onScroll, toEnd };
}

/** Announcer reads new messages of the customer to screen readers. */
function Announcer({ c, messages }: { c: Conversation; messages?: Message[] }) {
  const last = messages?.at(-1);
  const [opened] = useState(() => Date.now());
  const fresh = last?.direction === "in" && new Date(last.created_at).getTime() > opened;
  return (
    <div className="hidden" role="log" aria-live="polite">
      {fresh ? `${customerName(c)}: ${previewText(last)}` : ""}
    </div>
  );
}
