import { ActionIcon, Button, Group, SegmentedControl, Text, Textarea, Tooltip } from "@mantine/core";
import { IconHandClick, IconPaperclip, IconSend, IconTemplate } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import {
  lazy,
  Suspense,
  useCallback,
  useEffect,
  useRef,
  useState,
  type ClipboardEvent,
  type DragEvent,
  type KeyboardEvent,
  type RefObject,
} from "react";

import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import { isComposing, useShortcut, isTextField } from "../keys/shortcuts";
import { storeNote } from "../live/store";
import { sendTyping } from "../live/typing";
import { cancelDeferred } from "../commands/deferred";
import { notifyError } from "../ui/notify";
import { SkeletonRows } from "../ui/States";
import { usePrefs } from "../ui/prefs";
import { useButtons } from "./ButtonFields";
import { buttonsToSend } from "./buttons";
import { clearDraft, type Draft, type Mode, textFor, useDraft } from "./drafts";
import { AttachmentChips, useAttachments } from "./Attachments";
import { fileLimitText, excessCharacters, useLimits } from "./limits";
import { send } from "./outbox";
import { QuickReplies, slashQuery } from "./QuickReplies";
import { ReplyWindowBar, useReplyWindow } from "./ReplyWindow";

const Templates = lazy(() => import("./Templates").then((m) => ({ default: m.Templates })));

interface Props {
  c: Conversation;
  mine: boolean;
  resume?: () => void;
  pick?: () => void;
}

const modes: { value: Mode; label: string }[] = [
  { value: "reply", label: "Reply" },
  { value: "internal", label: "Internal" },
  { value: "note", label: "Note" },
];

const placeholders: Record<Mode, string> = {
  reply: "Write a reply, or type / for quick replies",
  internal: "Message your team. The customer will not see it.",
  note: "Add a note. The customer will not see it.",
};

/** Composer is where one writes: to the customer, to colleagues, or a note. */
export function Composer({ c, mine, resume, pick }: Props) {
  const [draft, change] = useDraft(c.id);
  const [choosing, setChoosing] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  const prefs = usePrefs();
  const open = useReplyWindow(c);
  const limits = useLimits(c.id);
  const may = mayReply(c, mine);
  const mode: Mode =
    c.state === "closed" || (draft.mode === "internal" && c.state === "open" && !mine) ? noteOr(draft.mode, c) : draft.mode;
  const words = textFor(draft, mode);
  const files = useAttachments(c.id, limits.data);
  const buttons = useButtons(c.id, draft, limits.data, box);
  const templates = mode === "reply" && may && (choosing || !open.free);

  const note = useMutation({
    mutationFn: (text: string) => answer(api.POST("/v1/conversations/{id}/notes", { params: { path: { id: c.id } }, body: { text } })),
    onSuccess: (n, text) => {
      storeNote(c.id, n.id, n);
      clearDraft(c.id, "note", text);
    },
    onError: (e) => notifyError("Could not save the note", e),
  });
  const toMode = (next: Mode) => {
    change({ mode: next });
    requestAnimationFrame(() => box.current?.focus());
  };
  useFocus(box, may && !templates);
  useShortcut("r", () => toMode("reply"), may);
  useShortcut("i", () => toMode("internal"), c.state !== "closed");
  useShortcut("n", () => toMode("note"));

  const text = words.trim();
  const long = excessCharacters(mode, words, limits.data);
  const slash = useSlash(mode === "reply" && may ? words : "");
  const take = useCallback((t: string) => change({ mode: "reply", text: t }), [change]);
  const ready =
    slash.q === null &&
    (text !== "" || (mode === "reply" && draft.files.length > 0)) &&
    long === 0 &&
    !files.busy &&
    !note.isPending &&
    (mode !== "reply" || (may && !buttons.wrong));
  const submit = () => {
    if (!ready) return;
    box.current?.focus();
    if (mode === "note") {
      note.mutate(words);
      return;
    }
    const say = { conversation: c.id, text };
    if (mode === "internal") {
      send({ ...say, internal: true, files: [] });
      clearDraft(c.id, "internal", words);
      return;
    }
    send({ ...say, internal: false, files: draft.files, buttons: buttonsToSend(draft.buttons) });
    change({ mode, text: "", files: [], buttons: undefined, refused: undefined });
  };
  const onKeyDown = (e: KeyboardEvent<HTMLTextAreaElement>) => {
    if (isComposing(e.nativeEvent)) return;
    if (e.key === "Escape") e.currentTarget.blur();
    if (e.key !== "Enter") return;
    const sends = prefs.enterSends ? !e.shiftKey && !e.altKey : e.ctrlKey || e.metaKey;
    if (!sends) return;
    e.preventDefault();
    submit();
  };
  const drop = (list: FileList | null) => list && mode === "reply" && may && files.add([...list]);

  return (
    <div
      className="composer"
      data-mode={mode}
      onDragOver={(e: DragEvent) => e.preventDefault()}
      onDrop={(e: DragEvent) => {
        e.preventDefault();
        drop(e.dataTransfer.files);
      }}
    >
      <Group justify="space-between" gap="xs" wrap="nowrap" className="composer-top">
        <SegmentedControl
          size="xs"
          data={modes.map((m) => ({ ...m, label: <Begun draft={draft} mode={m} shown={mode} />, disabled: !possible(m.value, c) }))}
          value={mode}
          onChange={(v) => toMode(v as Mode)}
          aria-label="Message type"
        />
        {mode === "reply" && may && <ReplyWindowBar c={c} />}
      </Group>
      {mode === "reply" && !may ? (
        <NotYours c={c} mine={mine} resume={resume} pick={pick} />
      ) : templates ? (
        <Suspense fallback={<SkeletonRows n={1} h={60} />}>
          <Templates c={c} forced={!open.free} close={() => setChoosing(false)} />
        </Suspense>
      ) : (
        <>
          {slash.q !== null && <QuickReplies c={c} q={slash.q} box={box} choose={take} leave={slash.leave} />}
          {mode === "reply" && <AttachmentChips files={draft.files} uploading={files.uploading} remove={files.remove} />}
          <Textarea
            ref={box}
            value={words}
            onChange={(e) => {
              change({ text: e.currentTarget.value, mode });
              if (mode === "reply") cancelDeferred(c.id, "end"); // who writes goes on
              if (mode === "reply" && c.channel === "webchat") sendTyping(c.id);
            }}
            onKeyDown={onKeyDown}
            onPaste={(e: ClipboardEvent) => {
              if (e.clipboardData.files.length > 0) {
                e.preventDefault();
                drop(e.clipboardData.files);
              }
            }}
            placeholder={placeholders[mode]}
            aria-label={placeholders[mode]}
            autosize
            minRows={2}
            maxRows={8}
            maxLength={20000}
            dir="auto"
            error={long > 0 ? `Too long by ${long} characters` : undefined}
          />
          {mode === "reply" && buttons.fields}
          <Group justify="space-between" gap="xs" wrap="nowrap" mt={6}>
            <Group gap={4} wrap="nowrap" className="grow">
              {mode === "reply" && (
                <>
                  <Tooltip label={fileLimitText(limits.data)} multiline maw={300}>
                    <ActionIcon
                      variant="subtle"
                      color="gray"
                      size="lg"
                      aria-label="Attach files"
                      onClick={files.pick}
                      disabled={limits.data?.files === false}
                    >
                      <IconPaperclip size={18} />
                    </ActionIcon>
                  </Tooltip>
                  <Tooltip label="Templates">
                    <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Templates" onClick={() => setChoosing(true)}>
                      <IconTemplate size={18} />
                    </ActionIcon>
                  </Tooltip>
                  {buttons.can && (
                    <Tooltip label={`Add up to ${buttons.most} buttons`} withinPortal={false}>
                      <ActionIcon
                        variant="subtle"
                        color="gray"
                        size="lg"
                        aria-label="Add buttons"
                        onClick={buttons.add}
                        disabled={buttons.full}
                      >
                        <IconHandClick size={18} />
                      </ActionIcon>
                    </Tooltip>
                  )}
                  <Text size="xs" c="dimmed" truncate visibleFrom="sm">
                    {fileLimitText(limits.data)}
                  </Text>
                </>
              )}
              {mode !== "reply" && (
                <Text size="xs" truncate>
                  {mode === "note"
                    ? "Saved with the conversation. Never sent to the customer."
                    : "Visible to your team only. Never sent to the customer."}
                </Text>
              )}
            </Group>
            <Button size="sm" onClick={submit} disabled={!ready} loading={note.isPending} leftSection={<IconSend size={16} aria-hidden />}>
              {mode === "note" ? "Save note" : mode === "internal" ? "Send internally" : "Send"}
            </Button>
          </Group>
          {files.input}
        </>
      )}
    </div>
  );
}

/** Begun is the name of a mode, with a mark where a text for it was begun. */
function Begun({ draft, mode, shown }: { draft: Draft; mode: (typeof modes)[number]; shown: Mode }) {
  if (mode.value === shown || textFor(draft, mode.value) === "") return mode.label;
  return (
    <>
      <span>{mode.label}</span>
      <span className="begun" role="img" aria-label="Draft" />
    </>
  );
}

/** useFocus puts the cursor where one answers as soon as one may and no dialog is open, unless something else is being written. */
function useFocus(box: RefObject<HTMLTextAreaElement | null>, may: boolean): void {
  useEffect(() => {
    if (!may || matchMedia("(pointer: coarse)").matches) return; // there the keyboard would cover half of the thread
    let timer: ReturnType<typeof setTimeout> | undefined;
    const take = () => {
      if (document.querySelector("[role=dialog][aria-modal=true]")) timer = setTimeout(take, 100);
      else if (!isTextField(document.activeElement)) box.current?.focus();
    };
    take();
    return () => clearTimeout(timer);
  }, [box, may]);
}

/** useSlash is what quick replies are looked for, until one leaves their list. */
function useSlash(text: string): { q: string | null; leave: () => void } {
  const q = slashQuery(text);
  const [left, setLeft] = useState(false);
  if (left && q === null) setLeft(false); // the next slash asks again
  const leave = useCallback(() => setLeft(true), []);
  return { q: left ? null : q, leave };
}

const mayReply = (c: Conversation, mine: boolean): boolean => mine && c.state === "active";

const possible = (mode: Mode, c: Conversation): boolean => mode === "note" || c.state !== "closed";
const noteOr = (mode: Mode, c: Conversation): Mode => (possible(mode, c) ? mode : "note");

/** NotYours says why one cannot answer, and what to do. */
function NotYours({ c, mine, resume, pick }: Props) {
  const why =
    c.state === "closed"
      ? "This conversation is closed. If the customer writes again, a new one starts."
      : mine && c.state === "waiting"
        ? "This conversation is parked. Resume it to reply."
        : mine && c.state === "wrap-up"
          ? "This conversation has ended. It reopens if the customer writes again."
          : c.agent
            ? `This conversation is assigned to ${c.agent.name}.`
            : c.offer
              ? "This conversation is being offered to an agent."
              : "No agent is assigned yet.";
  return (
    <Group justify="space-between" gap="sm" p="xs">
      <Text size="sm" c="dimmed">
        {why}
      </Text>
      {resume && (
        <Button size="xs" onClick={resume}>
          Resume
        </Button>
      )}
      {pick && (
        <Button size="xs" onClick={pick}>
          Assign to me
        </Button>
      )}
    </Group>
  );
}
