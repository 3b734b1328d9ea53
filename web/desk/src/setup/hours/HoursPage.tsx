import { Button, Stack, Text, Title } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { queryClient } from "../../live/store";
import { DeleteButton } from "../form/DeleteButton";
import type { Field, Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import type { Stored } from "../form/useResourceForm";
import { key, refresh, useQueues, type Hours } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { ifMatch, versioned, type Versioned } from "../versioned";
import { beyondForm, calendarOf, checkDay, checkHoliday, daysOf, weekdays } from "./calendar";
import { NextDays } from "./NextDays";

type Schemas = components["schemas"];

const back = { to: "/setup/hours", label: "All operating hours" };
const zones = Intl.supportedValuesOf("timeZone").map((z) => ({ value: z, label: z }));

const fields: Field[] = [
  { name: "name", label: "Name", kind: "text", required: true, maxLength: 100 },
  { name: "time_zone", label: "Time zone", kind: "select", required: true, options: [{ value: "UTC", label: "UTC" }, ...zones] },
  ...weekdays.map(({ day, label }): Field => ({
    name: day,
    label,
    kind: "text",
    placeholder: "Closed",
    check: checkDay,
    group: "Every week",
  })),
  {
    name: "holidays",
    label: "Holidays",
    kind: "lines",
    check: checkHoliday,
    placeholder: "2027-12-25 Christmas",
    help: "One a line: the date and what it is.",
    group: "Closed on",
  },
];

const read = (id: string) => versioned(api.GET("/v1/operating-hours/{id}", { params: { path: { id } } }));

const storedOf = ({ value, etag }: Versioned<Hours>): Stored => ({
  values: { name: value.name, time_zone: value.time_zone, ...daysOf(value.calendar) },
  etag,
});

/** HoursPage adds operating hours, or edits them with the next days as they will be. */
export function HoursPage() {
  const { id = "" } = useParams({ strict: false });
  if (id === "new") return <NewHours />;
  return (
    <Loaded what="the operating hours" queryKey={key("hours-of", id)} read={() => read(id)}>
      {(loaded) => (
        <Stack gap="xl">
          <Head hours={loaded.value} />
          <HoursForm loaded={loaded} />
          <section aria-label="Next days">
            <Title order={2} size="h5" mb="xs">
              The next 14 days, as saved
            </Title>
            <NextDays id={id} etag={loaded.etag} />
          </section>
        </Stack>
      )}
    </Loaded>
  );
}

function HoursForm({ loaded }: { loaded: Versioned<Hours> }) {
  const { id, calendar } = loaded.value;
  const keep = (got: Versioned<Hours>): Stored => {
    queryClient.setQueryData(key("hours-of", id), got);
    void refresh("hours");
    return storedOf(got);
  };
  const save = async (changes: Values, etag: string | null): Promise<Stored> => {
    const { name, time_zone, ...days } = changes;
    const now = { ...daysOf(calendar), ...days };
    const body = { ...(name !== undefined && { name }), ...(time_zone !== undefined && { time_zone }) };
    const all = Object.keys(days).length > 0 ? { ...body, calendar: calendarOf(now, calendar) } : body;
    const params = { path: { id } };
    return keep(
      await versioned(
        api.PATCH("/v1/operating-hours/{id}", { params, body: all as Schemas["OperatingHoursChange"], headers: ifMatch(etag) }),
      ),
    );
  };
  return (
    <Stack gap="md">
      {beyondForm(calendar) && (
        <Text size="sm" c="dimmed">
          These hours also have exceptions, yearly holidays or hours of single weeks, made over the API. They are kept as they are.
        </Text>
      )}
      <ResourceForm
        label="Operating hours"
        fields={fields}
        stored={storedOf(loaded)}
        save={save}
        reload={async () => keep(await read(id))}
      />
    </Stack>
  );
}

function Head({ hours }: { hours: Hours }) {
  const go = useNavigate();
  const queues = (useQueues().data ?? []).filter((q) => q.operating_hours_id === hours.id);
  const remove = async () => {
    await answer(api.DELETE("/v1/operating-hours/{id}", { params: { path: { id: hours.id } } }));
    await refresh("hours");
  };
  return (
    <PageHead
      title={hours.name}
      back={back}
      operation="changeOperatingHours"
      action={
        <DeleteButton
          what="hours"
          name={hours.name}
          uses={queues.map((q) => `Queue “${q.name}” is open by them.`)}
          alternative={queues.length > 0 ? "Choose other hours there first." : undefined}
          remove={remove}
          done={() => void go({ to: "/setup/hours" })}
        />
      }
    />
  );
}

function NewHours() {
  const go = useNavigate();
  const workdays = Object.fromEntries(weekdays.map(({ day }, i) => [day, i < 5 ? "09:00-17:00" : ""]));
  const values: Values = { name: "", time_zone: Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC", ...workdays, holidays: [] };
  return (
    <>
      <PageHead title="Add operating hours" back={back} operation="createOperatingHours">
        They are chosen at queues, numbers, chats and people.
      </PageHead>
      <ResourceForm
        label="Add operating hours"
        fields={fields}
        stored={{ values, etag: null }}
        isNew
        submit="Add hours"
        cancel={
          <Button variant="default" component={Link} to="/setup/hours">
            Cancel
          </Button>
        }
        save={async (all, etag) => {
          const body = { name: all["name"], time_zone: all["time_zone"], calendar: calendarOf(all) } as Schemas["NewOperatingHours"];
          const made = await answer(api.POST("/v1/operating-hours", { body }));
          await refresh("hours");
          void go({ to: "/setup/hours/$id", params: { id: made.id } });
          return { values: all, etag };
        }}
      />
    </>
  );
}
