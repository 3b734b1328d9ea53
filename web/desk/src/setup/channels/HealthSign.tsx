import { Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconClockPause } from "@tabler/icons-react";

import { formatDateTime } from "../../ui/time";
import { conditionOf, failedText, pausedText, useAccountHealth, type AccountHealth } from "./health";

function look(h: AccountHealth): { label: string; className: string; Icon: typeof IconCircleCheck } {
  switch (conditionOf(h)) {
    case "paused":
      return { label: `Sending is paused: ${pausedText(h.paused_code ?? "")}`, className: "sign-late", Icon: IconAlertTriangle };
    case "failing":
      return { label: `Failing: ${failedText(h)}`, className: "sign-late", Icon: IconAlertTriangle };
    case "uncertain":
      return { label: `Working; ${failedText(h)}`, className: "sign-late", Icon: IconAlertTriangle };
    case "working":
      return { label: "Working", className: "sign-done", Icon: IconCircleCheck };
    case "ready":
      return { label: "Ready, no message yet", className: "sign-open", Icon: IconClockPause };
  }
}

/** HealthSign says in a word how an account does. */
export function HealthSign({ health }: { health: AccountHealth | undefined }) {
  if (!health) return <Text size="sm">…</Text>;
  const { label, className, Icon } = look(health);
  return (
    <Group gap={6} wrap="nowrap" className={className}>
      <Icon size={16} aria-hidden />
      <Text size="sm">{label}</Text>
    </Group>
  );
}

/** HealthFacts says what came and went through an account, and what failed. */
export function HealthFacts({ id }: { id: string }) {
  const h = useAccountHealth(id).data;
  if (!h) return null;
  return (
    <Stack gap={4} role="status" aria-label="Health">
      <HealthSign health={h} />
      <Text size="sm">
        {h.paused_at && `Paused since ${formatDateTime(h.paused_at)}. A successful test resumes sending. `}
        {h.last_inbound_at ? `Last message in ${formatDateTime(h.last_inbound_at)}. ` : "No message has come in yet. "}
        {h.last_outbound_at ? `Last message out ${formatDateTime(h.last_outbound_at)}. ` : "None has gone out yet. "}
        {h.outbound > 0 && `In the last 24 hours ${failedText(h)}. `}
        {h.last_error && h.failed_at && `The last error: ${h.last_error}, ${formatDateTime(h.failed_at)}.`}
      </Text>
    </Stack>
  );
}
