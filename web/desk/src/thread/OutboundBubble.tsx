import { Group, Text } from "@mantine/core";
import { IconSpeakerphone } from "@tabler/icons-react";

import type { OutboundMessage } from "../api/types";
import { ChannelIcon } from "../conversation/ChannelIcon";
import { formatDateTime, formatTime } from "../ui/time";
import { DeliveryStatus } from "./DeliveryStatus";

/** OutboundBubble is a message of a campaign, a request or a trigger. */
export function OutboundBubble({ m }: { m: OutboundMessage }) {
  return (
    <article className="bubble" data-side="out" data-automated aria-label={`Outbound message: ${m.name}`}>
      <Text size="xs" className="who">
        <IconSpeakerphone size={13} aria-hidden /> {m.related ? `${m.name} · ${m.related}` : m.name}
      </Text>
      <Text size="sm" className="words" dir="auto">
        {m.text || m.name}
      </Text>
      <Group gap={6} justify="flex-end" wrap="nowrap" className="meta">
        <ChannelIcon channel={m.channel} size={13} />
        <Text size="xs" span title={formatDateTime(m.at)}>
          {formatTime(m.at)}
        </Text>
        <DeliveryStatus status={m.status === "refused" ? "failed" : m.status === "pending" ? "queued" : m.status} />
      </Group>
    </article>
  );
}
