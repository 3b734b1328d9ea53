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

/** ModeTabs switch between a reply, an internal message and a note. */
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

/** ModeLabel is a mode's name, with a dot if it has a draft. */
function ModeLabel({ label, begun }: { label: string; begun: boolean }) {
  if (!begun) return label;
  return (
    <>
      <span>{label}</span>
      <span className="begun" role="img" aria-label="Draft" />
    </>
  );
}
