import { Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconClockPause, IconPlayerPause } from "@tabler/icons-react";

import { formatDateTime } from "../../ui/time";
import { conditionOf, failedText, outcome, useWebhookHealth, waitingText, type Condition, type Webhook } from "./webhooks";

const looks: Record<Condition, { label: string; className: string; Icon: typeof IconCircleCheck }> = {
  working: { label: "Working", className: "sign-done", Icon: IconCircleCheck },
  unused: { label: "Nothing sent yet", className: "sign-open", Icon: IconClockPause },
  paused: { label: "Paused", className: "sign-open", Icon: IconPlayerPause },
  gone: { label: "Stopped: the address answered 410 Gone", className: "sign-late", Icon: IconAlertTriangle },
  failing: { label: "Failing", className: "sign-late", Icon: IconAlertTriangle },
  late: { label: "Working; some deliveries failed", className: "sign-late", Icon: IconAlertTriangle },
};

/** ConditionSign says in a word how a webhook does. */
export function ConditionSign({ webhook }: { webhook: Webhook }) {
  const health = useWebhookHealth(webhook.id).data;
  if (!health) return <Text size="sm">…</Text>;
  const { label, className, Icon } = looks[conditionOf(webhook, health)];
  return (
    <Group gap={6} wrap="nowrap" className={className}>
      <Icon size={16} aria-hidden />
      <Text size="sm">{label}</Text>
    </Group>
  );
}

/** HealthFacts says what a webhook has delivered, what waits and what the subscriber answers. */
export function HealthFacts({ webhook }: { webhook: Webhook }) {
  const health = useWebhookHealth(webhook.id).data;
  if (!health) return null;
  const last = outcome(health.last_status, health.last_error);
  return (
    <Stack gap={4} role="status">
      <ConditionSign webhook={webhook} />
      <Text size="sm">
        {health.delivered_at
          ? `Last delivered ${formatDateTime(health.delivered_at)}.`
          : "Nothing was delivered within the last seven days."}{" "}
        {health.pending > 0 && `${waitingText(health.pending)}${since(health.pending_from)}. `}
        {health.failed > 0 && `${failedText(health.failed)} within the last 24 hours. `}
        {(health.failed > 0 || health.attempts > 0) && last && `The last answer: ${last}.`}
      </Text>
    </Stack>
  );
}

const since = (at: string | null): string => (at ? `, the oldest since ${formatDateTime(at)}` : "");
