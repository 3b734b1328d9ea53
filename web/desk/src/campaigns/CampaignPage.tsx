import { Alert, Anchor, Button, Group, Paper, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { ScrollTable } from "../ui/ScrollTable";
import { LoadError, SkeletonRows } from "../ui/States";
import { formatDateTime, formatDuration } from "../ui/time";
import { AddRecipients } from "./AddRecipients";
import { CampaignSettings } from "./CampaignSettings";
import { DeliveryLog } from "./DeliveryLog";
import { formatCount, statusLabel, variantCounts, reasonText, pauseText, variantLabel } from "./labels";
import { MessagePreview } from "./MessagePreview";
import { ProgressBar } from "./ProgressBar";
import { RateInput } from "./RateInput";
import { StartCampaign } from "./StartCampaign";
import { StateBadge } from "./StateBadge";
import type { Campaign, CampaignAction } from "./types";
import { useCampaign, useCampaignAction } from "./useCampaigns";

const DeliveryChart = lazy(() => import("./DeliveryChart").then((m) => ({ default: m.DeliveryChart }))); // a campaign is begun without it

/** CampaignPage shows one campaign: recipients, progress and actions. */
export function CampaignPage({ id }: { id: string }) {
  const campaign = useCampaign(id);
  const action = useCampaignAction(id);
  const c = campaign.data;
  if (!c)
    return (
      <Stack gap="md">
        <BackLink />
        <Title order={1} size="h3">
          Campaign
        </Title>
        {campaign.isError ? (
          <LoadError what="Could not load the campaign" error={campaign.error} retry={() => void campaign.refetch()} />
        ) : (
          <SkeletonRows n={5} h={44} />
        )}
      </Stack>
    );
  const run = (what: CampaignAction) => action.mutate(what);
  return (
    <Stack gap="md">
      <BackLink />
      <Group justify="space-between" align="flex-start">
        <Group gap="sm" className="grow head">
          <Title order={1} size="h3" className="clamp">
            {c.name}
          </Title>
          <StateBadge c={c} />
        </Group>
        <CampaignActions c={c} run={run} busy={action.isPending} />
      </Group>
      {c.state === "paused" && <Alert color="yellow">{pauseText(c)}</Alert>}
      {c.state === "scheduled" && c.start_at && <ScheduledStart c={c} run={run} busy={action.isPending} />}
      {c.state !== "draft" && <Progress c={c} />}
      {c.started_at && (
        <Suspense fallback={<SkeletonRows n={1} h={180} />}>
          <DeliveryChart c={c} />
        </Suspense>
      )}
      {c.state === "draft" && <AddRecipients c={c} />}
      {c.state === "draft" && c.total > 0 && <MessagePreview c={c} />}
      {c.state === "draft" && c.total > 0 && <StartCampaign c={c} run={run} busy={action.isPending} />}
      {c.state !== "draft" && (c.state === "running" || c.state === "paused" || c.state === "scheduled") && (
        <RateForm key={c.rate} c={c} run={run} />
      )}
      <CampaignSettings c={c} />
      {c.total > 0 && <DeliveryLog c={c} />}
    </Stack>
  );
}

function BackLink() {
  return (
    <Anchor component={Link} to="/campaigns" size="sm" underline="always">
      All campaigns
    </Anchor>
  );
}

interface Run {
  run: (what: CampaignAction) => void;
  busy?: boolean;
}

function CampaignActions({ c, run, busy }: { c: Campaign } & Run) {
  const [confirming, setConfirming] = useState(false);
  const over = c.state === "finished" || c.state === "canceled" || c.state === "draft";
  return (
    <Group gap="xs">
      {c.state === "running" && (
        <Button onClick={() => run({ do: "pause" })} loading={busy}>
          Pause
        </Button>
      )}
      {c.state === "paused" && (
        <Button onClick={() => run({ do: "resume" })} loading={busy}>
          Resume
        </Button>
      )}
      {!over &&
        (confirming ? (
          <>
            <Button color="red" onClick={() => run({ do: "cancel" })} loading={busy}>
              Cancel campaign
            </Button>
            <Button variant="default" onClick={() => setConfirming(false)}>
              Keep campaign
            </Button>
          </>
        ) : (
          <Button variant="default" onClick={() => setConfirming(true)}>
            Cancel…
          </Button>
        ))}
    </Group>
  );
}

function Progress({ c }: { c: Campaign }) {
  const p = c.progress;
  const reasons = p.counts.filter((x) => x.code !== "" && x.count > 0);
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          Progress
        </Title>
        <Text size="sm" c="dimmed" role="status">
          {p.rate !== null && `${formatCount(Math.round(p.rate))} per second`}
          {p.time_left !== null && ` · ${formatDuration(p.time_left * 1000)} left`}
          {c.finished_at && ` · finished ${formatDateTime(c.finished_at)}`}
        </Text>
      </Group>
      <ProgressBar c={c} />
      <Group gap="lg" mt="md">
        <Text size="sm">
          Recipients <b>{formatCount(c.total)}</b>
        </Text>
        <Text size="sm">
          Replied <b>{formatCount(p.replied)}</b>
        </Text>
        <Text size="sm">
          Opted out <b>{formatCount(p.opted_out)}</b>
        </Text>
      </Group>
      {c.variant_template_id && <VariantTable c={c} />}
      {reasons.length > 0 && (
        <Stack gap={2} mt="sm">
          <Text size="sm" fw={600}>
            Reasons
          </Text>
          {reasons.map((x) => (
            <Text key={`${x.variant}-${x.status}-${x.code}`} size="sm">
              {statusLabel(x.status)}, {reasonText(x.code)}
              {c.variant_template_id && `, ${variantLabel(x.variant)}`}: <b>{formatCount(x.count)}</b>
            </Text>
          ))}
        </Stack>
      )}
    </Paper>
  );
}

/** VariantTable compares the variants of an A/B test. */
function VariantTable({ c }: { c: Campaign }) {
  return (
    <ScrollTable label="A/B test" minWidth={320}>
      <Table aria-label="A/B test">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Variant</Table.Th>
            <Table.Th ta="end">Sent</Table.Th>
            <Table.Th ta="end">Read</Table.Th>
            <Table.Th ta="end">Replied</Table.Th>
            <Table.Th ta="end">Opted out</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {variantCounts(c).map((v) => (
            <Table.Tr key={v.label}>
              <Table.Td>{v.label}</Table.Td>
              <Table.Td ta="end">{formatCount(v.sent)}</Table.Td>
              <Table.Td ta="end">{formatCount(v.read)}</Table.Td>
              <Table.Td ta="end">{formatCount(v.replied)}</Table.Td>
              <Table.Td ta="end">{formatCount(v.optedOut)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

/** ScheduledStart shows the start time and changes it. */
function ScheduledStart({ c, run, busy }: { c: Campaign } & Run) {
  const [at, setAt] = useState("");
  return (
    <Paper withBorder p="md">
      <Text mb="xs">Starts on {c.start_at && formatDateTime(c.start_at)} (your local time).</Text>
      <Group align="flex-end">
        <TextInput label="New start time" type="datetime-local" value={at} onChange={(e) => setAt(e.currentTarget.value)} />
        <Button variant="default" disabled={!at} loading={busy} onClick={() => run({ do: "move", at: new Date(at).toISOString() })}>
          Reschedule
        </Button>
      </Group>
    </Paper>
  );
}

function RateForm({ c, run }: { c: Campaign } & Run) {
  const [rate, setRate] = useState(c.rate);
  return (
    <Group align="flex-end">
      <RateInput value={rate} change={setRate} />
      <Button variant="default" disabled={rate === c.rate} onClick={() => run({ do: "rate", rate })}>
        Update rate
      </Button>
    </Group>
  );
}
