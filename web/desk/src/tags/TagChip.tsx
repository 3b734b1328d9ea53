import type { ReactNode } from "react";

import type { Color } from "./calls";
import "./tags.css";

/** TagChip is a tag as it is shown everywhere: a dot in its colour and its name. */
export function TagChip({ name, color, children }: { name: string; color: Color; children?: ReactNode }) {
  return (
    <span className="tag" data-color={color}>
      <span className="tag-name truncate">
        <bdi>{name}</bdi>
      </span>
      {children}
    </span>
  );
}
