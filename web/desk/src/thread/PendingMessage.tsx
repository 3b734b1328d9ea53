import { Alert, Button, Group, Text } from "@mantine/core";
import { IconClock } from "@tabler/icons-react";

import { draftButtons } from "../composer/buttons";
import { updateDraft } from "../composer/drafts";
import { discard, retry, type OutboxItem } from "../composer/outbox";
import { formatTime } from "../ui/time";
import { MessageButtons } from "./MessageButtons";

/** PendingMessage is a message that the server has not confirmed, or has refused. */
export function PendingMessage({ s }: { s: OutboxItem }) {
  const edit = () => {
    if (s.internal) updateDraft(s.conversation, { mode: "internal", text: s.text });
    else updateDraft(s.conversation, { mode: "reply", text: s.text, files: s.files, ...draftButtons(s.buttons, s.failed?.fields) });
    discard(s.key);
  };
  return (
    <article
      className="bubble"
      data-side={s.internal ? "internal" : "out"}
      data-pending={s.key}
      aria-label={s.failed ? "Not sent" : "Sending"}
    >
      {s.files.map((f) => (
        <Text key={f.id} size="sm" className="file">
          {f.name}
        </Text>
      ))}
      {s.text && (
        <Text size="sm" className="words" dir="auto">
          {s.text}
        </Text>
      )}
      <MessageButtons buttons={s.buttons ?? []} />
      <Group gap={6} justify="flex-end" wrap="nowrap" className="meta">
        <Text size="xs" span>
          {formatTime(s.at)}
        </Text>
        {!s.failed && <IconClock size={15} aria-label="Sending" role="img" />}
      </Group>
      {s.failed && (
        <Alert color="red" p="xs" mt={6} role="alert">
          <Text size="xs">{s.failed.detail}</Text>
          <Group gap="xs" mt={6}>
            <Button size="compact-xs" variant="default" onClick={() => retry(s.key)}>
              Try again
            </Button>
            {!s.template && (
              <Button size="compact-xs" variant="default" onClick={edit}>
                Edit
              </Button>
            )}
            <Button size="compact-xs" variant="subtle" color="red" onClick={() => discard(s.key)}>
              Discard
            </Button>
          </Group>
        </Alert>
      )}
    </article>
  );
}
