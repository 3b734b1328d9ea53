import { Alert, Anchor, Button, Group, Paper, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { Failed, Rows } from "../ui/States";
import { fullTime, span } from "../ui/time";
import { Chart } from "./ProgressBar";
import { Course } from "./DeliveryChart";
import { Decided } from "./CampaignSettings";
import { Ledger } from "./DeliveryLog";
import { Preview } from "./MessagePreview";
import { RateInput } from "./RateInput";
import { Recipients } from "./AddRecipients";
import { Start } from "./StartCampaign";
import { StateBadge } from "./StateBadge";
import type { Campaign, Steer } from "./types";
import { useCampaign, useSteer } from "./useCampaigns";
import { Wide } from "../ui/ScrollTable";
import { count, statusWord, variants, why, whyPaused, wordingOf } from "./labels";

/** CampaignPage is one campaign: who gets what, how it goes, and its levers. */
export function CampaignPage({ id }: { id: string }) {
  const campaign = useCampaign(id);
  const steer = useSteer(id);
  const c = campaign.data;
  if (!c)
    return (
      <Stack gap="md">
        <Back />
        <Title order={1} size="h3">
          Campaign
        </Title>
        {campaign.isError ? (
          <Failed what="The campaign cannot be shown" error={campaign.error} again={() => void campaign.refetch()} />
        ) : (
          <Rows n={5} h={44} />
        )}
      </Stack>
    );
  const run = (what: Steer) => steer.mutate(what);
  return (
    <Stack gap="md">
      <Back />
      <Group justify="space-between" align="flex-start">
        <Group gap="sm" className="grow head">
          <Title order={1} size="h3" className="clamp">
            {c.name}
          </Title>
          <StateBadge c={c} />
        </Group>
        <Levers c={c} run={run} busy={steer.isPending} />
      </Group>
      {c.state === "paused" && <Alert color="yellow">{whyPaused(c)}</Alert>}
      {c.state === "scheduled" && c.start_at && <Later c={c} run={run} busy={steer.isPending} />}
      {c.state !== "draft" && <Progress c={c} />}
      {c.started_at && <Course c={c} />}
      {c.state === "draft" && <Recipients c={c} />}
      {c.state === "draft" && c.total > 0 && <Preview c={c} />}
      {c.state === "draft" && c.total > 0 && <Start c={c} run={run} busy={steer.isPending} />}
      {c.state !== "draft" && (c.state === "running" || c.state === "paused" || c.state === "scheduled") && (
        <Rate key={c.rate} c={c} run={run} />
      )}
      <Decided c={c} />
      {c.total > 0 && <Ledger c={c} />}
    </Stack>
  );
}

function Back() {
  return (
    <Anchor component={Link} to="/campaigns" size="sm" underline="always">
      All campaigns
    </Anchor>
  );
}

interface Run {
  run: (what: Steer) => void;
  busy?: boolean;
}

function Levers({ c, run, busy }: { c: Campaign } & Run) {
  const [sure, setSure] = useState(false);
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
        (sure ? (
          <>
            <Button color="red" onClick={() => run({ do: "cancel" })} loading={busy}>
              Cancel for good
            </Button>
            <Button variant="default" onClick={() => setSure(false)}>
              Keep it
            </Button>
          </>
        ) : (
          <Button variant="default" onClick={() => setSure(true)}>
            Cancel …
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
          {p.rate !== null && `${count(Math.round(p.rate))} a second`}
          {p.time_left !== null && ` · ${span(p.time_left * 1000)} left`}
          {c.finished_at && ` · finished ${fullTime(c.finished_at)}`}
        </Text>
      </Group>
      <Chart c={c} />
      <Group gap="lg" mt="md">
        <Text size="sm">
          Recipients <b>{count(c.total)}</b>
        </Text>
        <Text size="sm">
          Replied <b>{count(p.replied)}</b>
        </Text>
        <Text size="sm">
          Opted out <b>{count(p.opted_out)}</b>
        </Text>
      </Group>
      {c.variant_template_id && <Variants c={c} />}
      {reasons.length > 0 && (
        <Stack gap={2} mt="sm">
          <Text size="sm" fw={600}>
            Why not
          </Text>
          {reasons.map((x) => (
            <Text key={`${x.variant}-${x.status}-${x.code}`} size="sm">
              {statusWord(x.status)}, {why(x.code)}
              {c.variant_template_id && `, ${wordingOf(x.variant)}`}: <b>{count(x.count)}</b>
            </Text>
          ))}
        </Stack>
      )}
    </Paper>
  );
}

/** Variants compares the two wordings. */
function Variants({ c }: { c: Campaign }) {
  return (
    <Wide label="The two wordings" minWidth={320}>
      <Table aria-label="The two wordings">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Wording</Table.Th>
            <Table.Th ta="end">Sent</Table.Th>
            <Table.Th ta="end">Read</Table.Th>
            <Table.Th ta="end">Replied</Table.Th>
            <Table.Th ta="end">Opted out</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {variants(c).map((v) => (
            <Table.Tr key={v.label}>
              <Table.Td>{v.label}</Table.Td>
              <Table.Td ta="end">{count(v.sent)}</Table.Td>
              <Table.Td ta="end">{count(v.read)}</Table.Td>
              <Table.Td ta="end">{count(v.replied)}</Table.Td>
              <Table.Td ta="end">{count(v.optedOut)}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}

/** Later says when it starts, and moves that. */
function Later({ c, run, busy }: { c: Campaign } & Run) {
  const [at, setAt] = useState("");
  return (
    <Paper withBorder p="md">
      <Text mb="xs">It starts on {c.start_at && fullTime(c.start_at)}, by the clock here.</Text>
      <Group align="flex-end">
        <TextInput label="Start at another time" type="datetime-local" value={at} onChange={(e) => setAt(e.currentTarget.value)} />
        <Button variant="default" disabled={!at} loading={busy} onClick={() => run({ do: "move", at: new Date(at).toISOString() })}>
          Move the start
        </Button>
      </Group>
    </Paper>
  );
}

function Rate({ c, run }: { c: Campaign } & Run) {
  const [rate, setRate] = useState(c.rate);
  return (
    <Group align="flex-end">
      <RateInput value={rate} change={setRate} />
      <Button variant="default" disabled={rate === c.rate} onClick={() => run({ do: "rate", rate })}>
        Change the rate
      </Button>
    </Group>
  );
}
