import { Group, Text } from "@mantine/core";
import { memo } from "react";

import type { Conversation, Message } from "../api/types";
import { customerName, messageKind, previewText } from "../conversation/labels";
import { formatDateTime, formatTime } from "../ui/time";
import { albumPlace } from "./albums";
import { SendError, DeliveryStatus } from "./DeliveryStatus";
import { locationOf } from "./location";
import { MessageButtons, buttonsOf } from "./MessageButtons";
import { MessageFiles } from "./MessageFiles";

interface Props {
  m: Message;
  c: Conversation;
  all: Message[];
}

/** Bubble is one message of a thread. */
export const Bubble = memo(
  function Bubble({ m, c, all }: Props) {
    if (m.type === "started") return <ChatStarted m={m} />;
    if (m.automated && (m.direction === "internal" || m.text === "")) return <SystemLine m={m} />;
    const side = m.direction === "in" ? "in" : m.direction === "internal" ? "internal" : "out";
    const who =
      side === "in"
        ? customerName(c)
        : (m.agent?.name ?? (m.automated ? "Automatic message" : m.data?.["elsewhere"] ? "Sent elsewhere" : "Agent"));
    const album = albumPlace(m);
    const quoted = m.reply_to ? all.find((x) => x.provider_id === m.reply_to) : undefined;
    return (
      <article
        className="bubble"
        data-side={side}
        data-automated={m.automated ? true : undefined}
        data-seq={m.seq}
        aria-label={bubbleLabel(side, who)}
      >
        {side !== "in" && (
          <Text size="xs" className="who">
            {side === "internal" ? `${who} · internal` : m.automated ? "Automatic message" : who}
          </Text>
        )}
        {quoted && (
          <Text size="xs" className="quote" lineClamp={2} dir="auto">
            {previewText(quoted)}
          </Text>
        )}
        {m.answers && (
          <Text
            size="xs"
            className="quote"
            lineClamp={6}
            dir="auto"
            title={formatDateTime(m.answers.sent_at)}
            aria-label="In reply to our message"
          >
            {`${m.answers.name}${m.answers.related ? ` · ${m.answers.related}` : ""}: ${m.answers.text}`}
          </Text>
        )}
        <Body m={m} />
        <Group gap={6} justify="flex-end" wrap="nowrap" className="meta">
          {m.template && (
            <Text size="xs" span>
              template
            </Text>
          )}
          {m.edited_at && !m.redacted_at && (
            <Text size="xs" span title={formatDateTime(m.edited_at)}>
              edited
            </Text>
          )}
          {album && (
            <Text size="xs" span title="Place among the pictures that were sent together">
              {album.index} of {album.total}
            </Text>
          )}
          <Text size="xs" span title={formatDateTime(m.created_at)}>
            {formatTime(m.created_at)}
          </Text>
          {side === "out" && <DeliveryStatus status={m.status} />}
        </Group>
        {side === "out" && m.error && m.status === "failed" && <SendError m={m} mine={!m.automated && c.state !== "closed"} />}
      </article>
    );
  },
  (a, b) => a.m === b.m && customerName(a.c) === customerName(b.c) && !a.m.reply_to && a.c.state === b.c.state,
);

const bubbleLabel = (side: string, who: string) => (side === "internal" ? `${who}, internal message` : who);

/** SystemLine is a system message that only agents see. */
function SystemLine({ m }: { m: Message }) {
  return (
    <Text size="xs" c="dimmed" className="system" data-seq={m.seq} dir="auto">
      {m.text || m.automated?.replaceAll("_", " ")} · {formatTime(m.created_at)}
    </Text>
  );
}

interface Answer {
  name: string;
  label: string;
  value: unknown;
}

/** ChatStarted marks the start of a live chat, with the pre-chat answers. */
function ChatStarted({ m }: { m: Message }) {
  const answers = (m.data?.["answers"] ?? []) as Answer[];
  return (
    <div className="system" data-seq={m.seq}>
      <Text size="xs" c="dimmed">
        {messageKind(m)} · {formatTime(m.created_at)}
      </Text>
      {answers.length > 0 && (
        <dl className="answers" aria-label="Pre-chat answers">
          {answers.map((a) => (
            <div key={a.name} className="fact">
              <dt dir="auto">{a.label || a.name}</dt>
              <dd dir="auto">{a.value === true ? "Yes" : String(a.value)}</dd>
            </div>
          ))}
        </dl>
      )}
    </div>
  );
}

function Body({ m }: { m: Message }) {
  if (m.redacted_at) {
    return (
      <Text size="sm" fs="italic">
        Deleted by the customer
      </Text>
    );
  }
  return (
    <>
      <MessageFiles m={m} />
      {m.type === "location" && <Location m={m} />}
      {m.text !== "" && (
        <Text size="sm" className="words" dir="auto">
          {withLinks(m.text)}
        </Text>
      )}
      {m.direction === "out" && <MessageButtons buttons={buttonsOf(m)} />}
      {m.text === "" && m.attachments.length === 0 && m.type !== "location" && (
        <Text size="sm" fs="italic">
          {messageKind(m)}
        </Text>
      )}
    </>
  );
}

/** Location shows a shared location: its name and address if there are any, and a link to the map. */
function Location({ m }: { m: Message }) {
  const place = locationOf(m.data);
  return (
    <div className="place">
      {place.title && (
        <Text size="sm" fw={600} dir="auto">
          {place.title}
        </Text>
      )}
      {place.address && (
        <Text size="sm" dir="auto">
          {place.address}
        </Text>
      )}
      {place.coordinates ? (
        <a href={place.url} target="_blank" rel="noreferrer noopener">
          Location {place.coordinates}
        </a>
      ) : (
        <Text size="sm">Location</Text>
      )}
    </div>
  );
}

const address = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g;

/** withLinks turns the URLs in a text into links. */
function withLinks(text: string) {
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(address)) {
    parts.push(text.slice(at, found.index));
    parts.push(
      <a key={found.index} href={found[0]} target="_blank" rel="noreferrer noopener nofollow">
        {found[0]}
      </a>,
    );
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)];
}
