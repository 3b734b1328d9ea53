import { ActionIcon, Button, Group, Menu, Text, Title, Tooltip } from "@mantine/core";
import { IconArrowLeft, IconDots, IconUserCircle } from "@tabler/icons-react";
import { useState } from "react";

import type { Conversation } from "../api/types";
import type { Command } from "../commands/commands";
import type { DeferredCommand } from "../commands/deferred";
import { ChannelIcon } from "../conversation/ChannelIcon";
import { channelName, customerName, stateName } from "../conversation/labels";
import { formatClock, useNow } from "../ui/time";

const names: Record<Command, { label: string; why: string }> = {
  park: { label: "Park", why: "Wait for the customer and free up capacity (P)" },
  resume: { label: "Resume", why: "Go on with this conversation; it counts towards your capacity" },
  release: { label: "Return to queue", why: "Offer it to another agent" },
  end: { label: "End", why: "End the conversation and start wrap-up (E)" },
  close: { label: "Close", why: "Finish wrap-up and close (E)" },
  pick: { label: "Assign to me", why: "Take this conversation" },
};

interface Props {
  c: Conversation;
  allowed: Command[];
  run: (what: Command) => void;
  transfer?: () => void;
  snooze?: () => void;
  busy?: Command;
  deferred?: DeferredCommand; // is about to be done, and can be taken back
  showCustomer?: () => void;
  back: () => void;
}

/** ThreadHeader shows the customer, how long the thread has been open, and the available commands. */
export function ThreadHeader({ c, allowed, run, transfer, snooze, busy, deferred, showCustomer, back }: Props) {
  const direct = allowed.filter((x) => x !== "release");
  const rest = allowed.filter((x) => x === "release");
  return (
    <Group component="header" className="thread-head" wrap="nowrap" gap="sm" justify="space-between">
      <Group gap="xs" wrap="nowrap" className="grow">
        <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Back to inbox" onClick={back} className="only-phone">
          <IconArrowLeft size={20} />
        </ActionIcon>
        <div className="grow">
          <Title order={2} size="h5" className="truncate">
            <bdi>{customerName(c)}</bdi>
          </Title>
          <Group gap={6} wrap="nowrap">
            <ChannelIcon channel={c.channel} size={14} />
            <Text size="xs" c="dimmed" truncate>
              {channelName(c.channel)} · {c.queue?.name ?? c.workstream.name} · {stateName(c)}
              {c.agent && ` · ${c.agent.name}`}
            </Text>
            <Timer c={c} />
          </Group>
        </div>
      </Group>
      <Group gap={6} wrap="nowrap">
        {direct.map((what, i) => (
          <Tooltip key={what} label={names[what].why}>
            <Button
              size="xs"
              variant={i === direct.length - 1 && what !== "end" ? "filled" : "default"}
              onClick={() => run(what)}
              loading={busy === what}
              disabled={busy !== undefined || deferred !== undefined}
            >
              {names[what].label}
            </Button>
          </Tooltip>
        ))}
        {(rest.length > 0 || transfer || snooze) && !deferred && (
          <Menu position="bottom-end">
            <Menu.Target>
              <ActionIcon variant="default" size={30} aria-label="More actions">
                <IconDots size={16} />
              </ActionIcon>
            </Menu.Target>
            <Menu.Dropdown>
              {snooze && <Menu.Item onClick={snooze}>{c.snoozed_until ? "Change snooze…" : "Snooze…"}</Menu.Item>}
              {transfer && <Menu.Item onClick={transfer}>Transfer…</Menu.Item>}
              {rest.map((what) => (
                <Menu.Item key={what} onClick={() => run(what)}>
                  {names[what].label}
                </Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        )}
        {showCustomer && (
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Customer details" onClick={showCustomer}>
            <IconUserCircle size={20} />
          </ActionIcon>
        )}
      </Group>
    </Group>
  );
}

/** Timer counts how long the conversation has been open on this page; it restarts with wrap-up. */
function Timer({ c }: { c: Conversation }) {
  const now = useNow();
  const [opened] = useState(() => Date.now());
  if (c.state === "closed") return null;
  const since = c.state === "wrap-up" && c.ended_at ? new Date(c.ended_at).getTime() : opened;
  return (
    <Text
      size="xs"
      ff="monospace"
      className="nowrap"
      role="timer"
      aria-label={c.state === "wrap-up" ? "Time in wrap-up" : "Time open"}
      aria-live="off"
    >
      {formatClock(now - since)}
    </Text>
  );
}
