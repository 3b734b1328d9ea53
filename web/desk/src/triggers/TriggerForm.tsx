import { Alert, Button, Checkbox, Group, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useEffect, useRef, useState } from "react";

import { errorMessage } from "../api/client";
import { useConfigurations } from "../campaigns/useCampaigns";
import { ExpressionFields } from "./ExpressionFields";
import { hasField } from "./fields";
import { valuesOf, emptyValues, inputOf, fieldErrors, type FormValues } from "./formValues";
import { ScheduleFields } from "./ScheduleFields";
import type { Trigger, TriggerInput } from "./useTriggers";

interface Props {
  title: string;
  of?: Trigger; // which is changed; else one is written anew
  save: (input: TriggerInput, entry: FormValues) => Promise<Trigger>;
  saved: (t: Trigger) => void;
  cancel: () => void;
}

/** TriggerForm creates or edits a trigger. The server's errors are shown at their fields. */
export function TriggerForm({ title, of, save, saved, cancel }: Props) {
  const [now, setNow] = useState<FormValues>(() => (of ? valuesOf(of) : emptyValues()));
  const set = (more: Partial<FormValues>) => setNow((before) => ({ ...before, ...more }));
  const write = useMutation({ mutationFn: async () => save(inputOf(now), now), onSuccess: saved });
  const wrong = fieldErrors(write.error);
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (write.isError) form.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [write.isError, write.failureReason]);
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    write.mutate();
  };
  return (
    <form onSubmit={submit} aria-label={title} ref={form}>
      <Stack>
        {write.isError && (
          <Alert color="red" role="alert">
            {allShown(wrong, now) ? "Could not save. Check the highlighted fields." : errorMessage(write.error)}
          </Alert>
        )}
        <TextInput
          label="Name"
          required
          maxLength={200}
          value={now.name}
          onChange={(e) => set({ name: e.currentTarget.value })}
          error={wrong["name"]}
          data-autofocus
        />
        <ConfigurationField now={now} set={set} mistake={wrong["configuration_id"]} />
        <ScheduleFields now={now} set={set} wrong={wrong} made={of !== undefined} />
        <ExpressionFields now={now} set={set} wrong={wrong} />
        <Checkbox
          checked={now.enabled}
          onChange={(e) => set({ enabled: e.currentTarget.checked })}
          label="Enabled"
          description="A disabled trigger sends nothing"
          error={wrong["enabled"]}
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
          <Button type="submit" loading={write.isPending} disabled={!now.name.trim() || !now.configuration_id}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** allShown tells whether every error has a field in the form. */
const allShown = (wrong: Record<string, string>, now: FormValues) => {
  const fields = Object.keys(wrong);
  return fields.length > 0 && fields.every((field) => hasField(field, now));
};

interface SentProps {
  now: FormValues;
  set: (more: Partial<FormValues>) => void;
  mistake: string | undefined;
}

function ConfigurationField({ now, set, mistake }: SentProps) {
  const configurations = useConfigurations();
  return (
    <NativeSelect
      label="Sender and template"
      description={
        configurations.data?.length === 0 ? "No configurations yet. Add one on the Campaigns page." : "An outbound configuration"
      }
      required
      data={[
        { value: "", label: "Select" },
        ...(configurations.data ?? []).map((c) => ({ value: c.id, label: `${c.name} (${c.channel})` })),
      ]}
      value={now.configuration_id}
      onChange={(e) => set({ configuration_id: e.currentTarget.value })}
      error={mistake ?? (configurations.isError ? "Could not load configurations. Try again." : undefined)}
    />
  );
}
