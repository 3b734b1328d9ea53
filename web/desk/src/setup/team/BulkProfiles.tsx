import { Button, Group, NativeSelect } from "@mantine/core";
import { useState } from "react";

import { useProfiles } from "../routing/calls";

interface Props {
  busy: boolean;
  run: (change: { do: "give" | "take"; to: string }) => void;
}

/** BulkProfiles gives a capacity profile to everybody who is selected, or takes it from them. */
export function BulkProfiles({ busy, run }: Props) {
  const profiles = useProfiles().data ?? [];
  const [chosen, setChosen] = useState("");
  const to = chosen || (profiles[0]?.id ?? "");
  if (profiles.length === 0) return null;
  return (
    <Group gap="xs" align="flex-end">
      <NativeSelect
        label="Capacity profile"
        data={profiles.map((p) => ({ value: p.id, label: p.name }))}
        value={to}
        onChange={(e) => setChosen(e.currentTarget.value)}
      />
      <Button variant="default" disabled={busy} onClick={() => run({ do: "give", to })}>
        Give profile
      </Button>
      <Button variant="default" disabled={busy} onClick={() => run({ do: "take", to })}>
        Take profile
      </Button>
    </Group>
  );
}
