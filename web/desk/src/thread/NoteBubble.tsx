import { ActionIcon, Group, Text } from "@mantine/core";
import { IconNote, IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { Note } from "../api/types";
import { storeNote } from "../live/store";
import { useMe } from "../session/session";
import { notifyError } from "../ui/notify";
import { formatDateTime, formatTime } from "../ui/time";

/** NoteBubble is a note, shown at the time it was written. */
export function NoteBubble({ note }: { note: Note }) {
  const me = useMe();
  const remove = useMutation({
    mutationFn: () => answer(api.DELETE("/v1/notes/{id}", { params: { path: { id: note.id } } })),
    onSuccess: () => storeNote(note.conversation_id, note.id, null),
    onError: (e) => notifyError("Could not delete the note", e),
  });
  return (
    <article className="bubble" data-side="note" aria-label={`Note by ${note.agent.name}`}>
      <Group gap={6} wrap="nowrap" justify="space-between">
        <Text size="xs" className="who">
          <IconNote size={13} aria-hidden /> Note · {note.agent.name}
        </Text>
        {(note.agent.id === me.agent?.id || me.role !== "agent") && (
          <ActionIcon
            variant="subtle"
            color="gray"
            size="sm"
            aria-label="Delete note"
            onClick={() => remove.mutate()}
            loading={remove.isPending}
          >
            <IconTrash size={14} />
          </ActionIcon>
        )}
      </Group>
      <Text size="sm" className="words" dir="auto">
        {note.text}
      </Text>
      <Group justify="flex-end" className="meta">
        <Text size="xs" span title={formatDateTime(note.created_at)}>
          {formatTime(note.created_at)}
        </Text>
      </Group>
    </article>
  );
}
