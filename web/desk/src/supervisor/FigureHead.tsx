import { Tooltip } from "@mantine/core";

import type { Definition } from "./useLiveData";

interface Props {
  name: string;
  label: string;
  of: Definition[] | undefined;
}

/** FigureHead is the name of a figure, with its definition for those who point at it or come to it by keyboard. */
export function FigureHead({ name, label, of }: Props) {
  const known = of?.find((d) => d.name === name);
  if (!known) return label;
  return (
    <Tooltip label={known.text} multiline maw={320} events={{ hover: true, focus: true, touch: true }}>
      <span tabIndex={0} role="note" aria-label={`${known.label}: ${known.text}`} className="figure-head">
        {known.label}
      </span>
    </Tooltip>
  );
}
