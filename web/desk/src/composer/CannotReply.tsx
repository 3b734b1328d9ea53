import { Button, Group, Text } from "@mantine/core";

import type { Conversation } from "../api/types";

interface Props {
  c: Conversation;
  mine: boolean;
  resume?: () => void;
  pick?: () => void;
}

/** CannotReply explains why the agent cannot reply, and offers to resume or take the conversation. */
export function CannotReply({ c, mine, resume, pick }: Props) {
  return (
    <Group justify="space-between" gap="sm" p="xs">
      <Text size="sm" c="dimmed">
        {reason(c, mine)}
      </Text>
      {resume && (
        <Button size="xs" onClick={resume}>
          Resume
        </Button>
      )}
      {pick && (
        <Button size="xs" onClick={pick}>
          Assign to me
        </Button>
      )}
    </Group>
  );
}

function reason(c: Conversation, mine: boolean): string {
  if (c.state === "closed") return "This conversation is closed. If the customer writes again, a new one starts.";
  if (mine && c.state === "waiting") return "This conversation is parked. Resume it to reply.";
  if (mine && c.state === "wrap-up") return "This conversation has ended. It reopens if the customer writes again.";
  if (c.agent) return `This conversation is assigned to ${c.agent.name}.`;
  return c.offer ? "This conversation is being offered to an agent." : "No agent is assigned yet.";
}
