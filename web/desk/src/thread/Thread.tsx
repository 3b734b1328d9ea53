import { Button, Loader, Text } from "@mantine/core";
import { IconArrowDown } from "@tabler/icons-react";
import { useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";

import type { Conversation, Message, OutboundMessage } from "../api/types";
import { useOutbox } from "../composer/outbox";
import { customerName, previewText } from "../conversation/labels";
import { useLive } from "../live/context";
import { useCustomerTyping } from "../live/typing";
import { EmptyState, LoadError, SkeletonRows } from "../ui/States";
import { formatTime } from "../ui/time";
import { EarlierConversation, PresentDivider } from "./Earlier";
import { entriesOf } from "./entries";
import { Lines } from "./Lines";
import { PendingMessage } from "./PendingMessage";
import { useEarlier, useThreadOutbound } from "./useEarlier";
import { useNotes, useThread } from "./useThread";

/** Thread shows the messages, the latest at the bottom. Older ones are loaded on scrolling up. */
export function Thread({ c }: { c: Conversation }) {
  const { thread, older, failed: failedOlder } = useThread(c.id);
  const notes = useNotes(c.id);
  const types = useCustomerTyping(c.id);
  const messages = thread.data?.messages;
  const written = useMemo(() => new Set(messages?.map((m) => m.key).filter(Boolean)), [messages]);
  const sending = useOutbox(c.id).filter((s) => !written.has(s.key));
  const hasOlder = thread.data?.hasOlder ?? false;
  const before = useHistory(c, messages !== undefined, hasOlder);
  const lines = useMemo(
    () => entriesOf(messages ?? [], notes.data ?? [], before.present, hasOlder),
    [messages, notes.data, before.present, hasOlder],
  );
  const more = hasOlder || before.more;
  const failed = failedOlder || before.failed;
  const beforeOlder = before.older;
  const loadOlder = useCallback(() => (hasOlder ? older() : beforeOlder()), [hasOlder, older, beforeOlder]);
  const { box, follow, atEnd, onScroll, toEnd } = useScroll(lines.at(-1)?.key, before.first ?? lines[0]?.key, sending.length);
  const top = useRef<HTMLDivElement>(null);

  useEffect(() => {
    const mark = top.current;
    if (!mark || !more || failed) return;
    const seen = new IntersectionObserver(([e]) => e?.isIntersecting && void loadOlder(), {
      root: box.current,
      rootMargin: "600px 0px 0px 0px",
    });
    seen.observe(mark);
    return () => seen.disconnect();
  }, [more, loadOlder, failed, box]);

  if (thread.isError && !messages)
    return <LoadError what="Could not load messages" error={thread.error} retry={() => void thread.refetch()} />;
  return (
    <div className="scroll-wrap">
      <div className="messages" ref={box} onScroll={onScroll} tabIndex={0} role="region" aria-label="Messages">
        {!messages && <SkeletonRows n={7} h={40} />}
        {more && (
          <div ref={top} className="older">
            {failed ? (
              <Button size="xs" variant="default" onClick={() => void loadOlder()}>
                Load older messages
              </Button>
            ) : (
              <Loader size="xs" aria-label="Loading older messages" />
            )}
          </div>
        )}
        {messages?.length === 0 && sending.length === 0 && lines.length === 0 && (
          <EmptyState title="No messages yet">Messages appear here as they arrive.</EmptyState>
        )}
        {(lines.length > 0 || before.segments.length > 0) && (
          <div className="lines" ref={follow}>
            {before.segments.map((s) => (
              <EarlierConversation key={s.key} parts={s.parts} outbound={s.outbound} />
            ))}
            {before.segments.length > 0 && <PresentDivider c={c} />}
            <Lines lines={lines} c={c} all={messages ?? []} />
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

/** useHistory is what came before the conversation, loaded once all of the conversation itself is. */
function useHistory(c: Conversation, loaded: boolean, hasOlder: boolean) {
  const { ready } = useLive();
  const { list, segments: earlier } = useEarlier(c, ready && loaded && !hasOlder);
  const outbound = useThreadOutbound(c, ready && loaded);
  const sent = outbound.messages;
  const segments = useMemo(() => {
    const starts = earlier.map((parts) => parts[0]?.c?.created_at);
    return earlier.map((parts, i) => {
      const until = starts.slice(i + 1).find(Boolean) ?? c.created_at;
      const from = starts.slice(0, i).some(Boolean) || list.hasNextPage ? starts[i] : undefined;
      const key = `${parts[0]?.c?.id ?? "hidden"}-${String(earlier.length - i)}`;
      return { key, parts, outbound: parts[0]?.c ? betweenTimes(sent, from, until) : none };
    });
  }, [earlier, sent, c.created_at, list.hasNextPage]);
  const any = earlier.some((parts) => parts[0]?.c);
  const all = list.isSuccess && !list.hasNextPage;
  const present = useMemo(() => betweenTimes(sent, any || !all ? c.created_at : undefined, undefined), [sent, any, all, c.created_at]);
  const fetchNextPage = list.fetchNextPage;
  const oldest = segments[0]?.parts[0];
  const moreOutbound = outbound.list.hasNextPage && (all || (oldest?.c?.created_at ?? c.created_at) <= (sent.at(-1)?.at ?? ""));
  const fetchOutbound = outbound.list.fetchNextPage;
  useEffect(() => {
    if (moreOutbound) void fetchOutbound();
  }, [moreOutbound, fetchOutbound, sent.length]);
  const busy = list.isFetching;
  const older = useCallback(() => (busy ? undefined : void fetchNextPage()), [busy, fetchNextPage]);
  return { segments, present, more: list.hasNextPage, older, failed: list.isFetchNextPageError, first: oldest?.key };
}

const none: OutboundMessage[] = [];

/** betweenTimes are the outbound messages of a time, which is one conversation's. */
function betweenTimes(outbound: OutboundMessage[], from: string | undefined, until: string | undefined): OutboundMessage[] {
  return outbound.filter((m) => (!from || m.at >= from) && (!until || m.at < until));
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
