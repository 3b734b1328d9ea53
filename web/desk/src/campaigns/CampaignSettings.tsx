import { Button, Group, Modal, Paper, Text, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type ReactNode, useState } from "react";

import { notifyError } from "../ui/notify";
import { CampaignForm } from "./CampaignForm";
import { formatCount } from "./labels";
import type { Campaign } from "./types";
import { changeCampaign, deleteCampaign, refreshCampaign, useConfigurations, useTemplates } from "./useCampaigns";

/** CampaignSettings shows what a campaign sends, from where, when and how fast. A draft can be edited. */
export function CampaignSettings({ c }: { c: Campaign }) {
  const configuration = useConfigurations().data?.find((x) => x.id === c.configuration_id);
  const templates = useTemplates(configuration?.channel).data;
  const named = (id: string | null | undefined) => templates?.find((t) => t.id === id)?.name ?? "…";
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          Settings
        </Title>
        {c.state === "draft" && <DraftActions c={c} />}
      </Group>
      <dl className="facts">
        <Fact label="Message">
          {configuration ? `${configuration.name} (${configuration.channel}), template ${named(configuration.template_id)}` : "…"}
        </Fact>
        {c.variant_template_id && (
          <Fact label="A/B test">
            {c.variant_share} % get {named(c.variant_template_id)}
          </Fact>
        )}
        <Fact label="Quiet hours">{c.quiet_from ? `${c.quiet_from} to ${c.quiet_until}, recipient's local time` : "None"}</Fact>
        <Fact label="Time zone">{c.time_zone}</Fact>
        <Fact label="Messages per second">{c.rate === null ? "Sender's limit" : formatCount(c.rate)}</Fact>
        <Fact label="Auto-pause">{c.pause_above === 0 ? "Never" : `Above ${String(c.pause_above)} % refused, failed or unconfirmed`}</Fact>
      </dl>
    </Paper>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Text component="dd" size="sm">
        {children}
      </Text>
    </div>
  );
}

/** DraftActions edit or delete a draft. */
function DraftActions({ c }: { c: Campaign }) {
  const go = useNavigate();
  const [editing, setEditing] = useState(false);
  const [confirming, setConfirming] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteCampaign(c.id),
    onSuccess: () => go({ to: "/campaigns" }),
    onError: (e) => notifyError("Could not delete the draft", e),
  });
  return (
    <Group gap="xs">
      <Button size="xs" variant="default" onClick={() => setEditing(true)}>
        Edit
      </Button>
      {confirming ? (
        <>
          <Button size="xs" color="red" loading={remove.isPending} onClick={() => remove.mutate()}>
            Delete draft
          </Button>
          <Button size="xs" variant="default" onClick={() => setConfirming(false)}>
            Keep draft
          </Button>
        </>
      ) : (
        <Button size="xs" variant="default" onClick={() => setConfirming(true)}>
          Delete…
        </Button>
      )}
      <Modal opened={editing} onClose={() => setEditing(false)} title="Edit draft" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        <CampaignForm
          title="Edit draft"
          of={c}
          save={(what) => changeCampaign(c.id, what)}
          saved={() => {
            setEditing(false);
            refreshCampaign(c.id);
          }}
          cancel={() => setEditing(false)}
        />
      </Modal>
    </Group>
  );
}
