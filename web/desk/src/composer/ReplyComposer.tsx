import { ActionIcon, Text, Tooltip } from "@mantine/core";
import { IconHandClick, IconPaperclip, IconTemplate } from "@tabler/icons-react";
import { lazy, Suspense, useCallback, useState } from "react";

import type { Conversation, SendLimits } from "../api/types";
import { cancelDeferred } from "../commands/deferred";
import { sendTyping } from "../live/typing";
import { SkeletonRows } from "../ui/States";
import { AttachmentChips, type Attachments } from "./Attachments";
import { useButtons } from "./ButtonFields";
import { buttonsToSend } from "./buttons";
import { type Draft, textFor, updateDraft } from "./drafts";
import { excessCharacters, fileLimitText } from "./limits";
import { type FieldProps, MessageField } from "./MessageField";
import { send } from "./outbox";
import { QuickReplies, slashQuery } from "./QuickReplies";
import { useReplyWindow } from "./ReplyWindow";

const Templates = lazy(() => import("./Templates").then((m) => ({ default: m.Templates })));

interface Props extends FieldProps {
  c: Conversation;
  draft: Draft;
  limits: SendLimits | undefined;
  attachments: Attachments;
}

/** ReplyComposer writes to the customer: free text, or a template when the reply window is closed or the agent wants one. */
export function ReplyComposer(props: Props) {
  const [choosing, setChoosing] = useState(false);
  const { free } = useReplyWindow(props.c);
  if (!choosing && free) return <ReplyField {...props} chooseTemplate={() => setChoosing(true)} />;
  return (
    <Suspense fallback={<SkeletonRows n={1} h={60} />}>
      <Templates c={props.c} forced={!free} close={() => setChoosing(false)} />
    </Suspense>
  );
}

function ReplyField({ c, draft, limits, attachments, chooseTemplate, ...field }: Props & { chooseTemplate: () => void }) {
  const text = textFor(draft, "reply");
  const excess = excessCharacters("reply", text, limits);
  const buttons = useButtons(c.id, draft, limits, field.box);
  const slash = useSlash(text);
  const choose = useCallback((t: string) => updateDraft(c.id, { mode: "reply", text: t }), [c.id]);
  const something = text.trim() !== "" || draft.files.length > 0;
  const change = (t: string) => {
    updateDraft(c.id, { mode: "reply", text: t });
    cancelDeferred(c.id, "end"); // who writes goes on
    if (["webchat", "messenger", "instagram", "wechat", "whatsapp"].includes(c.channel)) sendTyping(c.id);
  };
  const submit = () => {
    const toSend = { files: draft.files, buttons: buttonsToSend(draft.buttons) };
    send({ conversation: c.id, text: text.trim(), internal: false, ...toSend });
    updateDraft(c.id, { mode: "reply", text: "", files: [], buttons: undefined, refused: undefined });
  };
  return (
    <>
      {slash.q !== null && <QuickReplies c={c} q={slash.q} box={field.box} choose={choose} leave={slash.leave} />}
      <AttachmentChips files={draft.files} uploading={attachments.uploading} remove={attachments.remove} />
      <MessageField
        {...field}
        text={text}
        change={change}
        placeholder="Write a reply, or type / for quick replies"
        excess={excess}
        canSubmit={slash.q === null && something && excess === 0 && !attachments.busy && !buttons.wrong}
        submitLabel="Send"
        submit={submit}
        pasteFiles={(files) => attachments.add([...files])}
        footer={<ReplyTools limits={limits} attach={attachments.pick} chooseTemplate={chooseTemplate} buttons={buttons} />}
      >
        {buttons.fields}
      </MessageField>
      {attachments.input}
    </>
  );
}

/** useSlash is the quick-reply search in the text, until the agent closes the list. */
function useSlash(text: string): { q: string | null; leave: () => void } {
  const q = slashQuery(text);
  const [left, setLeft] = useState(false);
  if (left && q === null) setLeft(false); // the next slash asks again
  const leave = useCallback(() => setLeft(true), []);
  return { q: left ? null : q, leave };
}

interface ToolsProps {
  limits: SendLimits | undefined;
  attach: () => void;
  chooseTemplate: () => void;
  buttons: Pick<ReturnType<typeof useButtons>, "can" | "most" | "full" | "add">;
}

/** ReplyTools add files, a template or buttons to a reply. */
function ReplyTools({ limits, attach, chooseTemplate, buttons }: ToolsProps) {
  const files = fileLimitText(limits);
  const look = { variant: "subtle", color: "gray", size: "lg" } as const;
  return (
    <>
      <Tooltip label={files} multiline maw={300}>
        <ActionIcon {...look} aria-label="Attach files" onClick={attach} disabled={limits?.files === false}>
          <IconPaperclip size={18} />
        </ActionIcon>
      </Tooltip>
      <Tooltip label="Templates">
        <ActionIcon {...look} aria-label="Templates" onClick={chooseTemplate}>
          <IconTemplate size={18} />
        </ActionIcon>
      </Tooltip>
      {buttons.can && (
        <Tooltip label={`Add up to ${buttons.most} buttons`} withinPortal={false}>
          <ActionIcon {...look} aria-label="Add buttons" onClick={buttons.add} disabled={buttons.full}>
            <IconHandClick size={18} />
          </ActionIcon>
        </Tooltip>
      )}
      <Text size="xs" c="dimmed" truncate visibleFrom="sm">
        {files}
      </Text>
    </>
  );
}
