import { ActionIcon, Text, TextInput } from "@mantine/core";
import { IconX } from "@tabler/icons-react";
import { useRef, type KeyboardEvent, type RefObject } from "react";

import { isComposing } from "../../../shared/composition";
import type { SendLimits } from "../api/types";
import { isBlank, buttonErrors, buttonsToSend, serverErrors, tooManyError, type NewButton } from "./buttons";
import { type Draft, updateDraft } from "./drafts";

/** useButtons composes reply buttons, on channels that support them. */
export function useButtons(id: string, draft: Draft, limits: SendLimits | undefined, box: RefObject<HTMLTextAreaElement | null>) {
  const fields = useRef<HTMLDivElement>(null);
  const list = draft.buttons ?? [];
  const most = limits?.max_buttons ?? 0;
  const full = list.length >= most && !list.some(isBlank);
  const change = (next: NewButton[]) => updateDraft(id, { buttons: next.length > 0 ? next : undefined, refused: undefined });
  const focus = (i: number) => requestAnimationFrame(() => (fields.current?.querySelectorAll("input")[i] ?? box.current)?.focus());
  const add = () => {
    const gap = list.findIndex(isBlank);
    if (gap < 0) change([...list, { title: "" }]);
    focus(gap < 0 ? list.length : gap);
  };
  const remove = (i: number) => {
    change(list.filter((_, at) => at !== i));
    focus(i > 0 ? i - 1 : list.length > 1 ? 0 : -1);
  };
  const onKeyDown = (e: KeyboardEvent<HTMLInputElement>, i: number) => {
    const empty = e.currentTarget.value === "";
    if (isComposing(e.nativeEvent) || !(e.key === "Enter" || e.key === "Escape" || (e.key === "Backspace" && empty))) return;
    e.preventDefault();
    if (e.key === "Backspace") remove(i);
    else if (e.key === "Escape" || empty) box.current?.focus();
    else if (i + 1 < list.length || full) focus(i + 1);
    else add();
  };
  const wrong = buttonErrors(list);
  const many = tooManyError(list, limits?.max_buttons);
  const all = many ?? serverErrors(draft.refused);
  return {
    can: most > 0,
    most,
    full,
    add,
    wrong: wrong.some(Boolean) || many !== undefined,
    fields: list.length > 0 && (
      <div role="group" aria-label="Buttons for the customer" className="buttons" ref={fields}>
        {list.map((b, i) => (
          <TextInput
            key={i}
            className="button-field"
            value={b.title}
            onChange={(e) => change(list.map((old, at) => (at === i ? { title: e.currentTarget.value } : old)))}
            onKeyDown={(e) => onKeyDown(e, i)}
            aria-label={`Button ${i + 1}`}
            placeholder="Button text"
            dir="auto"
            error={wrong[i] ?? serverErrors(draft.refused, i)}
            rightSection={
              <ActionIcon size="sm" variant="subtle" color="gray" aria-label={`Remove button ${i + 1}`} onClick={() => remove(i)}>
                <IconX size={14} />
              </ActionIcon>
            }
          />
        ))}
        {all && (
          <Text size="xs" c="var(--mantine-color-error)" role="alert" className="buttons-note">
            {all}
          </Text>
        )}
        {!all && buttonsToSend(list).length > 0 && draft.text.trim() === "" && draft.files.length === 0 && (
          <Text size="xs" c="dimmed" className="buttons-note">
            Add a message or a file to send with these buttons.
          </Text>
        )}
      </div>
    ),
  };
}
