import { Alert, Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCheck, IconChecks, IconClock, IconQuestionMark } from "@tabler/icons-react";

import type { Message } from "../api/types";
import { draftButtons } from "../composer/buttons";
import { updateDraft } from "../composer/drafts";
import { send } from "../composer/outbox";
import { buttonsOf } from "./MessageButtons";

const statuses = {
  queued: { icon: IconClock, label: "Queued" },
  sending: { icon: IconClock, label: "Sending" },
  sent: { icon: IconCheck, label: "Sent" },
  delivered: { icon: IconChecks, label: "Delivered" },
  read: { icon: IconChecks, label: "Read" },
  failed: { icon: IconAlertTriangle, label: "Not sent" },
  unknown: { icon: IconQuestionMark, label: "Unconfirmed: the provider has not said whether it arrived" },
} as const;

/** DeliveryStatus shows a message's status as an icon and a word. */
export function DeliveryStatus({ status }: { status: Message["status"] }) {
  if (!status) return null;
  const { icon: Icon, label } = statuses[status];
  const word = status === "read" || status === "failed" || status === "unknown";
  return (
    <span className="mark" data-status={status} title={label}>
      <Icon size={15} aria-hidden />
      <span className={word ? undefined : "hidden"}>{status === "unknown" ? "Unconfirmed" : label}</span>
    </span>
  );
}

const nextSteps: Record<string, string> = {
  window_closed: "Use a template, or wait until the customer writes again.",
  opted_out: "The customer has opted out of messages.",
  account_removed: "The messaging account was removed.",
  account_paused: "Ask an administrator to check the account.",
  expired: "It could not be sent in time. Try again.",
};

/** SendError says why a message failed, and what to do about it. */
export function SendError({ m, mine }: { m: Message; mine: boolean }) {
  const code = m.error?.code ?? "";
  const again = () => send({ conversation: m.conversation_id, internal: false, text: m.text, files: [], buttons: buttonsOf(m) });
  const edit = () => updateDraft(m.conversation_id, { mode: "reply", text: m.text, ...draftButtons(buttonsOf(m)) });
  return (
    <Alert color="red" p="xs" mt={6} className="why">
      <Text size="xs">
        {m.error?.detail || `The provider rejected the message (${code}).`} {nextSteps[code]}
      </Text>
      {mine && !m.template && m.attachments.length === 0 && (
        <Group gap="xs" mt={6}>
          <Button size="compact-xs" variant="default" onClick={again}>
            Try again
          </Button>
          <Button size="compact-xs" variant="default" onClick={edit}>
            Edit
          </Button>
        </Group>
      )}
    </Alert>
  );
}
