import { Alert, Button, Group, Loader, Menu, Progress, Text } from "@mantine/core";
import { IconCheck, IconChevronDown } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { components } from "../../../shared/schema";
import { queryKeys, queryClient } from "../live/store";
import { choices, ownPresence, presences } from "../session/presences";
import { useMe } from "../session/session";
import { notifyError } from "../ui/notify";

type Choice = components["schemas"]["PresenceChoice"];

/** choosePresence sets my presence and stores the response. */
export async function choosePresence(body: Choice): Promise<void> {
  queryClient.setQueryData(queryKeys.me, await answer(api.PUT("/v1/me/presence", { body })));
}

/** PresenceMenu shows my presence and load, and changes the presence. */
export function PresenceMenu() {
  const agent = useMe().agent;
  const custom = useQuery({ queryKey: ["presences"], queryFn: () => answer(api.GET("/v1/presences")), select: (p) => p.items });
  const choose = useMutation({ mutationFn: choosePresence, onError: (e) => notifyError("Could not change your presence", e) });
  if (!agent) return null;
  const { label, color, sign } = ownPresence(agent);
  return (
    <Group gap="sm" wrap="nowrap">
      <Menu position="bottom-start" width={240}>
        <Menu.Target>
          <Button
            variant="subtle"
            color="gray"
            px="xs"
            c="var(--mantine-color-text)"
            leftSection={choose.isPending ? <Loader size={12} /> : <Dot color={color} sign={sign} />}
            rightSection={<IconChevronDown size={14} aria-hidden />}
            aria-label={`Presence: ${label}, ${agent.load} of ${agent.capacity} conversations`}
          >
            <span className="presence-label">{label} ·&nbsp;</span>
            {agent.load} of {agent.capacity}
          </Button>
        </Menu.Target>
        <Menu.Dropdown>
          {agent.presence === "inactive" && (
            <Alert color="yellow" p="xs" mb={4}>
              <Text size="xs">You will not get new conversations until you change your presence.</Text>
            </Alert>
          )}
          {choices.map((p) => (
            <Menu.Item
              key={p}
              leftSection={<PresenceDot presence={p} />}
              rightSection={agent.chosen_presence === p && !agent.chosen_presence_id && <IconCheck size={14} aria-label="Selected" />}
              onClick={() => choose.mutate({ presence: p })}
            >
              {presences[p].label}
            </Menu.Item>
          ))}
          {custom.data?.map((p) => (
            <Menu.Item
              key={p.id}
              leftSection={<PresenceDot presence={p.base} />}
              rightSection={agent.chosen_presence_id === p.id && <IconCheck size={14} aria-label="Selected" />}
              onClick={() => choose.mutate({ presence_id: p.id })}
            >
              {p.text}
            </Menu.Item>
          ))}
          <Menu.Divider />
          <Menu.Item
            onClick={() => choose.mutate({ presence: null })}
            rightSection={agent.chosen_presence === null && <IconCheck size={14} aria-label="Selected" />}
          >
            Automatic
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      <Group gap={6} wrap="nowrap" className="load">
        <Progress
          value={agent.capacity ? (100 * agent.load) / agent.capacity : 0}
          w={64}
          size="sm"
          color={agent.load >= agent.capacity ? "orange" : undefined}
          aria-label="Capacity in use"
          visibleFrom="xs"
        />
      </Group>
    </Group>
  );
}

const PresenceDot = ({ presence }: { presence: keyof typeof presences }) => <Dot {...presences[presence]} />;

function Dot({ color, sign }: { color: string; sign: string }) {
  return (
    <Text span c={`${color}.7`} aria-hidden className="sign">
      {sign}
    </Text>
  );
}
