import { Group } from "@mantine/core";
import { type DragEvent, useRef } from "react";

import type { Conversation } from "../api/types";
import { useShortcut } from "../keys/shortcuts";
import { useAttachments } from "./Attachments";
import { CannotReply } from "./CannotReply";
import { type Mode, useDraft } from "./drafts";
import { InternalComposer, NoteComposer } from "./InternalComposers";
import { useLimits } from "./limits";
import { mayReply, modeOf } from "./modes";
import { ModeTabs } from "./ModeTabs";
import { ReplyComposer } from "./ReplyComposer";
import { ReplyWindowBar } from "./ReplyWindow";

interface Props {
  c: Conversation;
  mine: boolean;
  joined?: boolean; // was brought in front of the customer
  resume?: () => void;
  pick?: () => void;
}

/** Composer is where the agent writes: a reply, an internal message or a note. */
export function Composer({ c, mine, joined, resume, pick }: Props) {
  const [draft, change] = useDraft(c.id);
  const box = useRef<HTMLTextAreaElement>(null);
  const limits = useLimits(c.id).data;
  const attachments = useAttachments(c.id, limits); // they go on being uploaded while something else is written
  const mode = modeOf(draft, c);
  const replies = mayReply(c, mine, joined);
  const setMode = (next: Mode) => {
    change({ mode: next });
    requestAnimationFrame(() => box.current?.focus());
  };
  useShortcut("r", () => setMode("reply"), replies);
  useShortcut("i", () => setMode("internal"), c.state !== "closed");
  useShortcut("n", () => setMode("note"));
  const onDrop = (e: DragEvent) => {
    e.preventDefault();
    if (mode === "reply" && replies) attachments.add([...e.dataTransfer.files]);
  };
  const field = { draft, box, autoFocus: replies };
  return (
    <div className="composer" data-mode={mode} onDragOver={(e) => e.preventDefault()} onDrop={onDrop}>
      <Group justify="space-between" gap="xs" wrap="nowrap" className="composer-top">
        <ModeTabs c={c} draft={draft} mode={mode} choose={setMode} />
        {mode === "reply" && replies && <ReplyWindowBar c={c} />}
      </Group>
      {mode === "note" && <NoteComposer id={c.id} {...field} />}
      {mode === "internal" && <InternalComposer id={c.id} {...field} />}
      {mode === "reply" && replies && <ReplyComposer c={c} limits={limits} attachments={attachments} {...field} />}
      {mode === "reply" && !replies && <CannotReply c={c} mine={mine} resume={resume} pick={pick} />}
    </div>
  );
}
