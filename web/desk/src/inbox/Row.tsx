import { Badge, Group, Text, UnstyledButton } from "@mantine/core";
import { IconClockHour4, IconPencil } from "@tabler/icons-react";
import { memo } from "react";

import type { Conversation } from "../api/types";
import { useHasDraft } from "../composer/drafts";
import { ChannelIcon } from "../conversation/ChannelIcon";
import { customerName, stateName, previewText } from "../conversation/labels";
import { useUnread } from "../conversation/unread";
import { needsReply } from "../conversation/views";
import { Avatar } from "../ui/Avatar";
import { formatShort, formatDuration, useNow } from "../ui/time";

/** Row is a conversation in a list. */
export const Row = memo(function Row({ c, open, go }: { c: Conversation; open: boolean; go: () => void }) {
  const unread = useUnread()(c.id);
  const draft = useHasDraft()(c.id);
  const name = customerName(c);
  return (
    <UnstyledButton className="row" data-row={c.id} data-open={open || undefined} aria-current={open ? "true" : undefined} onClick={go}>
      <span className="row-face">
        <Avatar name={name} size={38} />
        <span className="row-channel">
          <ChannelIcon channel={c.channel} size={13} />
        </span>
      </span>
      <span className="row-text">
        <Group gap={6} wrap="nowrap" justify="space-between" component="span">
          <Text span fw={unread ? 700 : 600} size="sm" truncate>
            <bdi>{name}</bdi>
          </Text>
          <Text span size="xs" c="dimmed" className="nowrap">
            {c.last_message?.at ? formatShort(c.last_message.at) : ""}
          </Text>
        </Group>
        <Group gap={6} wrap="nowrap" justify="space-between" component="span">
          <Text span size="sm" c={unread ? undefined : "dimmed"} truncate dir="auto">
            {draft ? (
              <>
                <IconPencil size={13} aria-hidden /> Draft
              </>
            ) : (
              <>
                {c.last_message?.direction === "out" && <span className="hidden">You: </span>}
                {previewText(c.last_message)}
              </>
            )}
          </Text>
          {unread > 0 && (
            <Badge size="sm" variant="filled" className="count" aria-label={`${unread} unread`}>
              {unread}
            </Badge>
          )}
        </Group>
        <Group gap={8} wrap="nowrap" component="span" className="row-foot">
          <Text span size="xs" c="dimmed" truncate>
            {c.queue?.name ?? c.workstream.name}
            {c.state !== "active" && ` · ${stateName(c)}`}
            {c.state === "open" && c.offer && ` · offered${c.offer.agent_name ? ` to ${c.offer.agent_name}` : ""}`}
          </Text>
          {needsReply(c) && <Waiting since={c.unanswered_since} />}
        </Group>
      </span>
    </UnstyledButton>
  );
});

/** Waiting shows how long the customer has waited for a reply. */
function Waiting({ since }: { since: string | null | undefined }) {
  const now = useNow(10);
  if (!since) return null;
  const ms = now - new Date(since).getTime();
  const color = ms > 10 * 60_000 ? "var(--late)" : "dimmed";
  return (
    <Text span size="xs" c={color} className="nowrap" title="Waiting for a reply">
      <IconClockHour4 size={12} aria-hidden /> <span className="hidden">waiting </span>
      {formatDuration(ms)}
    </Text>
  );
}
