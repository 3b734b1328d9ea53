import { Badge, Button, Group, Stack, Text } from "@mantine/core";

import type { components } from "../../../shared/schema";
import { deviceName } from "./device";

/** SignInSession is a place where somebody is signed in. */
export type SignInSession = components["schemas"]["SignInSession"];

const at = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

interface Props {
  sessions: SignInSession[];
  end?: (id: string) => void;
  ending?: string; // the one that is being ended
}

/** SessionList shows where somebody is signed in. */
export function SessionList({ sessions, end, ending }: Props) {
  return (
    <Stack gap="sm" role="list" aria-label="Sign-ins">
      {sessions.map((s) => (
        <Group key={s.id} role="listitem" justify="space-between" gap="sm">
          <div>
            <Group gap="xs">
              <Text size="sm" fw={600}>
                {deviceName(s.user_agent)}
              </Text>
              {s.current && (
                <Badge variant="outline" className="state">
                  This browser
                </Badge>
              )}
            </Group>
            <Text size="xs" c="dimmed">
              {s.address && `${s.address} · `}last used {at.format(new Date(s.last_used_at))} · signed in{" "}
              {at.format(new Date(s.created_at))}
            </Text>
          </div>
          {end && !s.current && (
            <Button size="xs" variant="default" loading={ending === s.id} onClick={() => end(s.id)}>
              Sign out
              <span className="hidden"> {deviceName(s.user_agent)}</span>
            </Button>
          )}
        </Group>
      ))}
    </Stack>
  );
}
