import { Alert, Button, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { sentence } from "../api/client";
import { keys, queries } from "../live/store";
import { RateInput } from "./RateInput";
import { createCampaign, useConfigurations } from "./useCampaigns";

/** NewCampaignForm writes a draft; recipients come afterwards. */
export function NewCampaignForm({ cancel }: { cancel: () => void }) {
  const go = useNavigate();
  const configurations = useConfigurations();
  const [name, setName] = useState("");
  const [configuration, setConfiguration] = useState("");
  const [quiet, setQuiet] = useState({ from: "21:00", until: "08:00" });
  const [zone, setZone] = useState(Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC");
  const [rate, setRate] = useState<number | null>(null);
  const create = useMutation({
    mutationFn: () =>
      createCampaign({
        name,
        configuration_id: configuration,
        variant_share: 0,
        quiet_from: quiet.from,
        quiet_until: quiet.until,
        time_zone: zone,
        pause_above: 20,
        rate,
      }),
    onSuccess: (c) => {
      void queries.invalidateQueries({ queryKey: keys.campaigns });
      void go({ to: "/campaigns/$id", params: { id: c.id } });
    },
  });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    create.mutate();
  };
  const none = configurations.data?.length === 0;
  return (
    <form onSubmit={submit} aria-label="New campaign">
      <Stack>
        {create.isError && (
          <Alert color="red" role="alert">
            {sentence(create.error)}
          </Alert>
        )}
        <TextInput label="Name" required maxLength={200} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
        <NativeSelect
          label="What is sent, and from where"
          description={
            none
              ? "There is no outbound configuration yet; an administrator adds one over the API."
              : "An outbound configuration: number and template"
          }
          required
          data={[
            { value: "", label: "Choose" },
            ...(configurations.data ?? []).map((c) => ({ value: c.id, label: `${c.name} (${c.channel})` })),
          ]}
          value={configuration}
          onChange={(e) => setConfiguration(e.currentTarget.value)}
          error={configurations.isError ? "The configurations cannot be read now." : undefined}
        />
        <Group grow align="flex-start">
          <TextInput
            label="Quiet from"
            description="By the recipient's clock"
            type="time"
            value={quiet.from}
            onChange={(e) => setQuiet({ ...quiet, from: e.currentTarget.value })}
          />
          <TextInput
            label="Quiet until"
            description="Nothing is sent before"
            type="time"
            value={quiet.until}
            onChange={(e) => setQuiet({ ...quiet, until: e.currentTarget.value })}
          />
        </Group>
        <Group grow align="flex-start">
          <TextInput
            label="Time zone"
            description="Of who has none of their own"
            value={zone}
            onChange={(e) => setZone(e.currentTarget.value)}
            required
          />
          <RateInput value={rate} change={setRate} />
        </Group>
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
          <Button type="submit" loading={create.isPending} disabled={!name.trim() || !configuration}>
            Save as draft
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
