import { Alert, Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { errorMessage } from "../api/client";
import { RateInput } from "./RateInput";
import type { Campaign, NewCampaign } from "./types";
import { useConfigurations, useTemplates } from "./useCampaigns";

type FormValues = Omit<NewCampaign, "configuration_id" | "pause_above"> & { configuration_id: string; pause_above: number };

const emptyValues = (): FormValues => ({
  name: "",
  configuration_id: "",
  variant_template_id: null,
  variant_share: 0,
  quiet_from: "21:00",
  quiet_until: "08:00",
  time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC",
  rate: null,
  pause_above: 20,
});

const valuesOf = (c: Campaign): FormValues => ({
  name: c.name,
  configuration_id: c.configuration_id,
  variant_template_id: c.variant_template_id,
  variant_share: c.variant_share,
  quiet_from: c.quiet_from,
  quiet_until: c.quiet_until,
  time_zone: c.time_zone,
  rate: c.rate,
  pause_above: c.pause_above,
});

interface Props {
  title: string;
  of?: Campaign; // which is changed; else one is written anew
  save: (what: NewCampaign) => Promise<Campaign>;
  saved: (c: Campaign) => void;
  cancel: () => void;
}

/** CampaignForm creates or edits a campaign's settings. */
export function CampaignForm({ title, of, save, saved, cancel }: Props) {
  const [now, setNow] = useState<FormValues>(() => (of ? valuesOf(of) : emptyValues()));
  const set = (more: Partial<FormValues>) => setNow((before) => ({ ...before, ...more }));
  const write = useMutation({ mutationFn: () => save(now), onSuccess: saved });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    write.mutate();
  };
  return (
    <form onSubmit={submit} aria-label={title}>
      <Stack>
        {write.isError && (
          <Alert color="red" role="alert">
            {errorMessage(write.error)}
          </Alert>
        )}
        <TextInput
          label="Name"
          required
          maxLength={200}
          value={now.name}
          onChange={(e) => set({ name: e.currentTarget.value })}
          data-autofocus
        />
        <MessageFields now={now} set={set} />
        <Group grow align="flex-start" className="fields">
          <TextInput
            label="Quiet from"
            description="Recipient's local time"
            type="time"
            value={now.quiet_from ?? ""}
            onChange={(e) => set({ quiet_from: e.currentTarget.value })}
          />
          <TextInput
            label="Quiet until"
            description="Sending resumes then"
            type="time"
            value={now.quiet_until ?? ""}
            onChange={(e) => set({ quiet_until: e.currentTarget.value })}
          />
          <TextInput
            label="Time zone"
            description="For recipients without one"
            value={now.time_zone}
            onChange={(e) => set({ time_zone: e.currentTarget.value })}
            required
          />
        </Group>
        <Group grow align="flex-start" className="fields">
          <RateInput value={now.rate ?? null} change={(rate) => set({ rate })} />
          <PercentInput
            label="Pause above (%)"
            description="Refused, failed or unconfirmed; 0 = never"
            value={now.pause_above}
            change={(pause_above) => set({ pause_above })}
          />
        </Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
          <Button type="submit" loading={write.isPending} disabled={!now.name.trim() || !now.configuration_id}>
            {of ? "Save" : "Save as draft"}
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** MessageFields choose what is sent, and the variant of an A/B test. */
function MessageFields({ now, set }: { now: FormValues; set: (more: Partial<FormValues>) => void }) {
  const configurations = useConfigurations();
  const chosen = configurations.data?.find((c) => c.id === now.configuration_id);
  const templates = useTemplates(chosen?.channel);
  const others = (templates.data ?? []).filter((t) => t.id !== chosen?.template_id);
  return (
    <>
      <NativeSelect
        label="Sender and template"
        description={
          configurations.data?.length === 0
            ? "No configurations yet. An administrator can add one under Outbound configurations."
            : "An outbound configuration"
        }
        required
        data={[
          { value: "", label: "Select" },
          ...(configurations.data ?? []).map((c) => ({ value: c.id, label: `${c.name} (${c.channel})` })),
        ]}
        value={now.configuration_id}
        onChange={(e) => set({ configuration_id: e.currentTarget.value, variant_template_id: null, variant_share: 0 })}
        error={configurations.isError ? "Could not load configurations. Try again." : undefined}
      />
      <Group grow align="flex-start" className="fields">
        <NativeSelect
          label="Variant B (A/B test)"
          description="A second template to compare"
          disabled={others.length === 0}
          data={[{ value: "", label: "None" }, ...others.map((t) => ({ value: t.id, label: t.name }))]}
          value={now.variant_template_id ?? ""}
          onChange={(e) => {
            const id = e.currentTarget.value || null;
            set({ variant_template_id: id, variant_share: id ? now.variant_share || 50 : 0 });
          }}
          error={templates.isError ? "Could not load templates. Try again." : undefined}
        />
        <PercentInput
          label="Variant B share (%)"
          description="Recipients are picked at random"
          value={now.variant_share}
          disabled={!now.variant_template_id}
          change={(variant_share) => set({ variant_share })}
        />
      </Group>
    </>
  );
}

interface PercentProps {
  label: string;
  description: string;
  value: number;
  disabled?: boolean;
  change: (n: number) => void;
}

function PercentInput({ label, description, value, disabled, change }: PercentProps) {
  return (
    <TextInput
      label={label}
      description={description}
      type="number"
      inputMode="numeric"
      min={0}
      max={100}
      step={1}
      disabled={disabled}
      value={value}
      onChange={(e) => change(Math.min(100, Math.max(0, Math.round(Number(e.currentTarget.value)))))}
    />
  );
}
