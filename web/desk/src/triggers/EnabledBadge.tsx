import { Badge } from "@mantine/core";

import type { Trigger } from "./useTriggers";

/** EnabledBadge shows whether a trigger is enabled. */
export function EnabledBadge({ t }: { t: Trigger }) {
  return (
    <Badge color={t.enabled ? "green" : "gray"} variant="outline" className="state">
      {t.enabled ? "Enabled" : "Disabled"}
    </Badge>
  );
}
