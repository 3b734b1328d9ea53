import { Button, Group, Textarea } from "@mantine/core";
import { IconSend } from "@tabler/icons-react";
import { type ClipboardEvent, type KeyboardEvent, type ReactNode, type RefObject, useEffect } from "react";

import { isComposing } from "../../../shared/composition";
import { isTextField } from "../keys/shortcuts";
import { usePrefs } from "../ui/prefs";

/** FieldProps are the props that Composer passes to the field of every mode. */
export interface FieldProps {
  box: RefObject<HTMLTextAreaElement | null>;
  autoFocus: boolean;
}

interface Props extends FieldProps {
  text: string;
  change: (text: string) => void;
  placeholder: string;
  excess: number; // characters that do not fit
  canSubmit: boolean;
  submitting?: boolean;
  submitLabel: string;
  submit: () => void;
  pasteFiles?: (files: FileList) => void;
  footer: ReactNode;
  children?: ReactNode; // between the text and the footer
}

/** MessageField is a text area with its footer and send button. */
export function MessageField(props: Props) {
  const { box, autoFocus, text, change, placeholder, excess, canSubmit, submitting, submitLabel, pasteFiles, footer, children } = props;
  const { enterSends } = usePrefs();
  useAutoFocus(box, autoFocus);
  const submit = () => {
    if (!canSubmit) return;
    box.current?.focus();
    props.submit();
  };
  const onKeyDown = (e: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(e.nativeEvent)) return;
    if (e.key === "Escape") e.currentTarget.blur();
    if (e.key !== "Enter") return;
    const sends = enterSends ? !e.shiftKey && !e.altKey : e.ctrlKey || e.metaKey;
    if (!sends) return;
    e.preventDefault();
    submit();
  };
  const onPaste = (e: ClipboardEvent) => {
    if (e.clipboardData.files.length === 0) return;
    e.preventDefault();
    pasteFiles?.(e.clipboardData.files);
  };
  return (
    <>
      <Textarea
        ref={box}
        value={text}
        onChange={(e) => change(e.currentTarget.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
        placeholder={placeholder}
        aria-label={placeholder}
        autosize
        minRows={2}
        maxRows={8}
        maxLength={20000}
        dir="auto"
        error={excess > 0 ? `Too long by ${excess} characters` : undefined}
      />
      {children}
      <Group justify="space-between" gap="xs" wrap="nowrap" mt={6}>
        <Group gap={4} wrap="nowrap" className="grow">
          {footer}
        </Group>
        <Button size="sm" onClick={submit} disabled={!canSubmit} loading={submitting} leftSection={<IconSend size={16} aria-hidden />}>
          {submitLabel}
        </Button>
      </Group>
    </>
  );
}

/** useAutoFocus focuses the text area as soon as the agent may reply and no dialog is open, unless another field has the focus. */
function useAutoFocus(box: RefObject<HTMLTextAreaElement | null>, enabled: boolean): void {
  useEffect(() => {
    if (!enabled || matchMedia("(pointer: coarse)").matches) return; // there the keyboard would cover half of the thread
    let timer: ReturnType<typeof setTimeout> | undefined;
    const focus = () => {
      if (document.querySelector("[role=dialog][aria-modal=true]")) timer = setTimeout(focus, 100);
      else if (!isTextField(document.activeElement)) box.current?.focus();
    };
    focus();
    return () => clearTimeout(timer);
  }, [box, enabled]);
}
