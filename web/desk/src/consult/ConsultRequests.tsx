import { Button, Group, Paper, Text } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";

import type { Conversation } from "../api/types";
import { ChannelIcon } from "../conversation/ChannelIcon";
import { channelName, customerName } from "../conversation/labels";
import { useConversations } from "../live/useConversations";
import { useMe } from "../session/session";
import { type Participant, useParticipating, useStep } from "./calls";

/** ConsultRequests shows who asks me for advice, on every page. */
export function ConsultRequests() {
  const me = useMe().agent?.id;
  useParticipating();
  const asked = Object.values(useConversations()).flatMap((c) => {
    const p = c.participants.find((x) => x.agent_id === me && x.stage === "asked");
    return p ? [{ c, p }] : [];
  });
  return asked.map(({ c, p }) => <Request key={p.id} c={c} p={p} />);
}

function Request({ c, p }: { c: Conversation; p: Participant }) {
  const go = useNavigate();
  const step = useStep(c.id, p.id, (what) => {
    if (what === "accept") void go({ to: "/c/$id", params: { id: c.id }, search: { view: "mine" } });
  });
  return (
    <Paper withBorder shadow="lg" p="sm" className="offer" role="group" aria-label={`Consult request: ${customerName(c)}`}>
      <Text fw={650} size="sm">
        {c.agent?.name ?? "A colleague"} asks for your advice
      </Text>
      <Group gap={6} wrap="nowrap">
        <ChannelIcon channel={c.channel} size={16} />
        <Text size="sm" truncate>
          <bdi>{customerName(c)}</bdi> · {channelName(c.channel)}
        </Text>
      </Group>
      <Group grow mt="sm" gap="xs">
        <Button onClick={() => step.mutate("accept")} disabled={step.isPending}>
          Help
        </Button>
        <Button variant="default" onClick={() => step.mutate("decline")} disabled={step.isPending}>
          Decline
        </Button>
      </Group>
    </Paper>
  );
}
