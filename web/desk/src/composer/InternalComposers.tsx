import { Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import { storeNote } from "../live/store";
import { notifyError } from "../ui/notify";
import { clearDraft, type Draft, textFor, updateDraft } from "./drafts";
import { excessCharacters } from "./limits";
import { type FieldProps, MessageField } from "./MessageField";
import { send } from "./outbox";

interface Props extends FieldProps {
  id: string;
  draft: Draft;
}

/** InternalComposer writes an internal message in the thread. */
export function InternalComposer({ id, draft, ...field }: Props) {
  const text = textFor(draft, "internal");
  const excess = excessCharacters("internal", text);
  const submit = () => {
    send({ conversation: id, text: text.trim(), internal: true, files: [] });
    clearDraft(id, "internal", text);
  };
  return (
    <MessageField
      {...field}
      text={text}
      change={(t) => updateDraft(id, { mode: "internal", text: t })}
      placeholder="Message your team. The customer will not see it."
      excess={excess}
      canSubmit={text.trim() !== "" && excess === 0}
      submitLabel="Send internally"
      submit={submit}
      footer={
        <Text size="xs" truncate>
          Visible to your team only. Never sent to the customer.
        </Text>
      }
    />
  );
}

/** NoteComposer writes a note about the conversation. */
export function NoteComposer({ id, draft, ...field }: Props) {
  const text = textFor(draft, "note");
  const excess = excessCharacters("note", text);
  const save = useMutation({
    mutationFn: (note: string) => answer(api.POST("/v1/conversations/{id}/notes", { params: { path: { id } }, body: { text: note } })),
    onSuccess: (saved, note) => {
      storeNote(id, saved.id, saved);
      clearDraft(id, "note", note);
    },
    onError: (e) => notifyError("Could not save the note", e),
  });
  return (
    <MessageField
      {...field}
      text={text}
      change={(t) => updateDraft(id, { mode: "note", text: t })}
      placeholder="Add a note. The customer will not see it."
      excess={excess}
      canSubmit={text.trim() !== "" && excess === 0 && !save.isPending}
      submitting={save.isPending}
      submitLabel="Save note"
      submit={() => save.mutate(text)}
      footer={
        <Text size="xs" truncate>
          Saved with the conversation. Never sent to the customer.
        </Text>
      }
    />
  );
}
