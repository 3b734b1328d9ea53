import { Badge } from "@mantine/core";

import { stateOf } from "./labels";
import type { Campaign } from "./types";

/** StateBadge shows the state of a campaign, in a word and a colour. */
export function StateBadge({ c }: { c: Campaign }) {
  const { label, color } = stateOf(c);
  return (
    <Badge color={color} variant="outline" className="state">
      {label}
    </Badge>
  );
}
