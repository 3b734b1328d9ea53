import { Button, Group, Modal, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "../api/client";
import { formatDateTime, formatDuration } from "../ui/time";
import { formatCount, isQuietAt, countReasons } from "./labels";
import type { Campaign, CampaignAction } from "./types";

interface Props {
  c: Campaign;
  run: (what: CampaignAction) => void;
  busy: boolean;
}

/** StartCampaign starts or schedules a campaign after a confirmation that says what will happen. */
export function StartCampaign({ c, run, busy }: Props) {
  const [at, setAt] = useState("");
  const [confirming, setConfirming] = useState(false);
  const start = () => {
    setConfirming(false);
    run(at ? { do: "start", at: new Date(at).toISOString() } : { do: "start" });
  };
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        Start
      </Title>
      <Group align="flex-end">
        <TextInput
          label="Start at"
          description="Leave empty to start now"
          type="datetime-local"
          value={at}
          onChange={(e) => setAt(e.currentTarget.value)}
        />
        <Button onClick={() => setConfirming(true)} loading={busy}>
          {at ? "Schedule" : "Start now"}
        </Button>
      </Group>
      <Modal opened={confirming} onClose={() => setConfirming(false)} title={at ? "Schedule this campaign?" : "Start this campaign?"}>
        <Stack>
          <StartSummary c={c} at={at} />
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setConfirming(false)} data-autofocus>
              Cancel
            </Button>
            <Button onClick={start}>{at ? "Schedule campaign" : "Start campaign"}</Button>
          </Group>
        </Stack>
      </Modal>
    </Paper>
  );
}

const checkLimit = 200; // recipients who are looked at before the start

/** StartSummary says how many recipients there are, who will be refused and why, and the quiet hours. */
function StartSummary({ c, at }: { c: Campaign; at: string }) {
  const preview = useQuery({
    queryKey: ["campaign-preview", c.id, "start"],
    staleTime: 0,
    gcTime: 0,
    queryFn: () => answer(api.GET("/v1/campaigns/{id}/preview", { params: { path: { id: c.id }, query: { limit: checkLimit } } })),
    select: (page) => ({ looked: page.items.length, refused: countReasons(page.items) }),
  });
  const quiet = isQuietAt(c, at ? new Date(at) : new Date());
  return (
    <ul className="effects">
      <li>
        {at && `On ${formatDateTime(new Date(at).toISOString())}, your local time: `}
        <b>
          {formatCount(c.total)} {c.total === 1 ? "recipient" : "recipients"}
        </b>
        {c.rate !== null && `, ${formatCount(c.rate)} per second at most, so at least ${formatDuration((c.total / c.rate) * 1000)}`}.
      </li>
      <li>
        <RefusedSummary total={c.total} answer={preview.data} failed={preview.isError} />
      </li>
      {c.quiet_from !== c.quiet_until && (
        <li>
          Nothing is sent from {c.quiet_from} to {c.quiet_until} (each recipient’s local time)
          {quiet && `. In ${c.time_zone} the start falls within these hours, so sending begins at ${c.quiet_until}`}.
        </li>
      )}
    </ul>
  );
}

function RefusedSummary({
  total,
  answer: got,
  failed,
}: {
  total: number;
  answer?: { looked: number; refused: { why: string; n: number }[] };
  failed: boolean;
}) {
  if (failed) return <Text size="sm">Could not check the recipients. The campaign page shows the results as messages are sent.</Text>;
  if (!got) return <Text size="sm">Checking recipients…</Text>;
  const whose = got.looked < total ? `Of the first ${formatCount(got.looked)} recipients ` : "";
  if (got.refused.length === 0)
    return <Text size="sm">{whose ? `${whose}all can receive messages.` : "All recipients can receive messages."}</Text>;
  const sum = got.refused.reduce((n, r) => n + r.n, 0);
  return (
    <Text size="sm">
      {whose}
      <b>
        {formatCount(sum)} {whose ? "" : sum === 1 ? "recipient " : "recipients "}will not receive the message
      </b>
      : {got.refused.map((r) => `${formatCount(r.n)} ${r.why}`).join("; ")}.
    </Text>
  );
}
