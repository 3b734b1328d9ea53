import { Alert, Button, Group, Text } from "@mantine/core";
import { IconEye } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useEffect } from "react";

import { answer, api } from "../api/client";
import { useMe } from "../session/session";
import { notifyError } from "../ui/notify";

const time = new Intl.DateTimeFormat(undefined, { timeStyle: "short" });

/** openDesk loads the desk anew, of whoever the sign-in is of now. */
const openDesk = (): void => location.assign("/desk/");

/** ViewAsBanner says whose desk an administrator looks at, and ends it. */
export function ViewAsBanner() {
  const { agent, view_until: until } = useMe();
  const stop = useMutation({
    mutationFn: () => answer(api.DELETE("/v1/session/view-as")),
    onSuccess: openDesk,
    onError: (e) => notifyError("Could not stop viewing", e),
  });
  useEffect(() => {
    if (!until) return undefined;
    const timer = setTimeout(openDesk, Date.parse(until) - Date.now() + 1000);
    return () => clearTimeout(timer);
  }, [until]);
  if (!until || !agent) return null;
  return (
    <Alert color="yellow" py={6} radius={0} icon={<IconEye size={18} aria-hidden />} role="region" aria-label="Viewing as somebody else">
      <Group justify="space-between" gap="sm">
        <Text size="sm">
          You are viewing Switchboard as {agent.name}. You cannot change anything. It ends at {time.format(new Date(until))}.
        </Text>
        <Button size="xs" variant="default" loading={stop.isPending} onClick={() => stop.mutate()}>
          Stop viewing
        </Button>
      </Group>
    </Alert>
  );
}
