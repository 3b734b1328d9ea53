import { Text } from "@mantine/core";
import { IconArrowRight } from "@tabler/icons-react";

import type { Conversation } from "../api/types";
import type { components } from "../../../shared/schema";

export type Reason = components["schemas"]["TransferReason"];

/** reasons are why a conversation is given away. */
export const reasons: { value: Reason; label: string }[] = [
  { value: "wrong_team", label: "Wrong team" },
  { value: "expertise", label: "Needs expertise" },
  { value: "language", label: "Language" },
  { value: "escalation", label: "Escalation" },
  { value: "shift_end", label: "End of shift" },
  { value: "other", label: "Other" },
];

/** TransferNotice shows who gave a conversation away, why, and what they said. */
export function TransferNotice({ transfer }: { transfer: NonNullable<Conversation["transfer"]> }) {
  const reason = reasons.find((r) => r.value === transfer.reason)?.label;
  return (
    <div className="transfer-notice" role="note" aria-label="Transfer">
      <Text size="xs" fw={600}>
        <IconArrowRight size={13} aria-hidden /> Transferred by {transfer.from.name}
        {reason && ` · ${reason}`}
      </Text>
      {transfer.note && (
        <Text size="sm" dir="auto" className="clamp" lineClamp={4}>
          {transfer.note}
        </Text>
      )}
    </div>
  );
}
