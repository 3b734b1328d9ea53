import { Group, Loader, Stack, Text } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { useLive } from "../../live/context";
import { LoadError } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { useTraffic } from "./accounts";

/** FirstMessage waits for the first message of an account or address, and says when the last one arrived. */
export function FirstMessage({ of, how, by = "webhook" }: { of: string; how: string; by?: "webhook" | "message" }) {
  const traffic = useTraffic();
  const { status } = useLive();
  const last = traffic.data?.last[of];
  if (traffic.isError) return <LoadError what="Could not look for messages" error={traffic.error} retry={() => void traffic.refetch()} />;
  return (
    <div role="status">
      {last ? (
        <Group gap={6} className="sign-done" align="flex-start" wrap="nowrap">
          <IconCircleCheck size={18} aria-hidden />
          <Text size="sm">
            Messages arrive. The last one came {formatDateTime(last)}.{" "}
            <Link to="/" search={{ view: "open" }} className="setup-inline">
              Open the inbox
            </Link>
          </Text>
        </Group>
      ) : (
        <Stack gap={4}>
          <Group gap="xs" wrap="nowrap">
            <Loader size={16} aria-hidden />
            <Text size="sm">Waiting for the first {by} …</Text>
          </Group>
          <Text size="sm" c="dimmed">
            {how}{" "}
            {status === "open"
              ? "This line turns green as soon as it arrives."
              : "Without a connection to the server it cannot be seen here."}
          </Text>
        </Stack>
      )}
    </div>
  );
}
