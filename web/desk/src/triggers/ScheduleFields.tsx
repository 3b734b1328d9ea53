import { Group, NativeSelect, Textarea, TextInput } from "@mantine/core";

import type { FormValues } from "./formValues";
import { delayText } from "./labels";

interface Props {
  now: FormValues;
  set: (more: Partial<FormValues>) => void;
  wrong: Record<string, string>;
}

const events = "event";
const once = "once";
const again = "again";

/** ScheduleFields choose what starts a trigger. Event or schedule cannot be changed later. */
export function ScheduleFields({ now, set, wrong, made }: Props & { made: boolean }) {
  const kind = now.kind === "event" ? events : now.once ? once : again;
  return (
    <>
      <NativeSelect
        label="Trigger type"
        disabled={made && now.kind === "event"}
        description={made && now.kind === "event" ? "Cannot be changed later" : undefined}
        data={[
          ...(made && now.kind === "schedule" ? [] : [{ value: events, label: "Event" }]),
          { value: again, label: "Recurring schedule" },
          { value: once, label: "One-time schedule" },
        ]}
        value={kind}
        onChange={(e) => {
          const value = e.currentTarget.value;
          set({ kind: value === events ? "event" : "schedule", once: value === once });
        }}
        error={wrong["kind"]}
      />
      {now.kind === "event" ? <EventFields now={now} set={set} wrong={wrong} /> : <TimeFields now={now} set={set} wrong={wrong} />}
    </>
  );
}

function EventFields({ now, set, wrong }: Props) {
  return (
    <Group grow align="flex-start" className="fields">
      <TextInput
        label="Event"
        description="The name that the other system uses"
        placeholder="case.created"
        required
        maxLength={100}
        value={now.event}
        onChange={(e) => set({ event: e.currentTarget.value })}
        error={wrong["event"]}
      />
      <TextInput
        label="Delay (seconds)"
        description={delayText(now.delay)}
        type="number"
        inputMode="numeric"
        min={0}
        step={1}
        required
        value={now.delay}
        onChange={(e) => set({ delay: e.currentTarget.value })}
        error={wrong["delay"]}
      />
    </Group>
  );
}

function TimeFields({ now, set, wrong }: Props) {
  return (
    <>
      <Group grow align="flex-start" className="fields">
        {now.once ? (
          <TextInput
            label="Date and time"
            description="In this time zone"
            type="datetime-local"
            required
            value={now.at}
            onChange={(e) => set({ at: e.currentTarget.value })}
            error={wrong["at"]}
          />
        ) : (
          <TextInput
            className="expression"
            label="Cron expression"
            description="Minute, hour, day, month, weekday"
            placeholder="0 9 * * 1"
            required
            maxLength={200}
            value={now.cron}
            onChange={(e) => set({ cron: e.currentTarget.value })}
            error={wrong["cron"]}
          />
        )}
        <TextInput
          label="Time zone"
          description="For example Europe/Tallinn"
          required
          value={now.time_zone}
          onChange={(e) => set({ time_zone: e.currentTarget.value })}
          error={wrong["time_zone"]}
        />
      </Group>
      <Textarea
        className="json"
        label="Data (JSON)"
        description="Available to expressions as data; optional"
        autosize
        minRows={2}
        maxRows={12}
        spellCheck={false}
        value={now.data}
        onChange={(e) => set({ data: e.currentTarget.value })}
        error={wrong["data"]}
      />
    </>
  );
}
