import { SegmentedControl } from "@mantine/core";

import type { Conversation } from "../api/types";
import { type Draft, type Mode, textFor } from "./drafts";
import { isPossible, modes } from "./modes";

interface Props {
  c: Conversation;
  draft: Draft;
  mode: Mode;
  choose: (mode: Mode) => void;
}

/** ModeTabs choose between a reply, an internal message and a note. */
export function ModeTabs({ c, draft, mode, choose }: Props) {
  return (
    <SegmentedControl
      size="xs"
      data={modes.map((m) => ({
        value: m.value,
        label: <ModeLabel label={m.label} begun={m.value !== mode && textFor(draft, m.value) !== ""} />,
        disabled: !isPossible(m.value, c),
      }))}
      value={mode}
      onChange={(v) => choose(v as Mode)}
      aria-label="Message type"
    />
  );
}

/** ModeLabel is the name of a mode, with a mark where a text for it was begun. */
function ModeLabel({ label, begun }: { label: string; begun: boolean }) {
  if (!begun) return label;
  return (
    <>
      <span>{label}</span>
      <span className="begun" role="img" aria-label="Draft" />
    </>
  );
}
