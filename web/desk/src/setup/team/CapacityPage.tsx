import { Button, Group, Modal, Text } from "@mantine/core";
import { IconGauge } from "@tabler/icons-react";
import { useState } from "react";

import { EmptyState } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { nested, type Field, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { key, refresh, useWorkstreams, type Workstream } from "../lists";
import { ListOf } from "../ListOf";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { useProfiles } from "../routing/calls";
import { changeProfile, createProfile, deleteProfile, readProfile, type Profile } from "./profiles";

const zones = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((z) => z !== "UTC")].map((z) => ({ value: z, label: z }));

const lasting: Field[] = [
  {
    name: "limit",
    label: "Limit",
    kind: "number",
    required: true,
    min: 0,
    max: 1000,
    help: "Conversations of this kind that one person has at most. People can have a limit of their own.",
  },
  {
    name: "blocking",
    label: "When it is used up, nothing else is offered either",
    kind: "switch",
  },
];

const fields: Field[] = [
  {
    name: "name",
    label: "Name",
    kind: "text",
    required: true,
    maxLength: 100,
    help: "Routing rules use it by this name, so it cannot be changed.",
  },
  ...lasting,
  {
    name: "reset",
    label: "A conversation counts",
    kind: "select",
    required: true,
    options: [
      { value: "immediate", label: "Until it ends" },
      { value: "end_of_day", label: "Until the end of the day: a limit per day" },
    ],
  },
  {
    name: "zone",
    label: "Time zone of the day",
    kind: "select",
    required: true,
    options: zones,
    when: (all) => all["reset"] === "end_of_day",
  },
];

const initial: Values = { name: "", limit: 3, blocking: false, reset: "immediate", zone: "UTC" };

const sentence = (p: Profile): string =>
  `At most ${p.limit} ${p.reset === "end_of_day" ? `a day (${p.zone})` : "at once"}` + (p.blocking ? "; then nothing else either" : "");

/** CapacityPage lists limits on kinds of conversations. */
export function CapacityPage() {
  const profiles = useProfiles();
  const workstreams = useWorkstreams().data ?? [];
  const [editing, setEditing] = useState<Profile | "new" | null>(null);
  const close = () => setEditing(null);
  const add = <Button onClick={() => setEditing("new")}>Add a capacity profile</Button>;
  const usedBy = (p: Profile) => workstreams.filter((w) => w.capacity_profile_id === p.id);
  return (
    <>
      <PageHead title="Capacity profiles" action={add} operation="listCapacityProfiles">
        A limit on one kind of work, besides each person’s capacity: three chats at once, ten complaints a day. Changes count at once.
      </PageHead>
      <ListOf
        label="Capacity profiles"
        query={profiles}
        textOf={(p) => p.name}
        empty={
          <EmptyState icon={<IconGauge size={36} stroke={1.4} aria-hidden />} title="No capacity profiles yet" action={add}>
            Without them only the capacity of each person counts.
          </EmptyState>
        }
        columns={[
          { label: "Name", show: (p) => <b>{p.name}</b> },
          { label: "Limit", show: sentence },
          {
            label: "Workstreams",
            show: (p) =>
              usedBy(p)
                .map((w) => w.name)
                .join(", ") || "None",
          },
          {
            label: "Actions",
            hidden: true,
            show: (p) => (
              <Group gap="xs" wrap="nowrap">
                <Button variant="default" onClick={() => setEditing(p)} aria-label={`Edit ${p.name}`}>
                  Edit
                </Button>
                <DeleteProfile profile={p} workstreams={usedBy(p)} />
              </Group>
            ),
          },
        ]}
      />
      <Text size="sm" c="dimmed" mt="md">
        Who has a profile is said at each person, or for many together under People.
      </Text>
      <Modal
        opened={editing !== null}
        onClose={close}
        title={editing === "new" ? "Add a capacity profile" : "Edit capacity profile"}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {editing === "new" ? <NewProfile done={close} /> : editing && <EditProfile profile={editing} />}
      </Modal>
    </>
  );
}

function DeleteProfile({ profile, workstreams }: { profile: Profile; workstreams: Workstream[] }) {
  return (
    <DeleteButton
      what="profile"
      name={profile.name}
      uses={[...workstreams.map((w) => `Workstream “${w.name}” uses it.`), "People who have it lose it. What waits no longer asks for it."]}
      alternative={workstreams.length > 0 ? "Choose another profile in these workstreams first." : undefined}
      remove={() => deleteProfile(profile.id)}
      done={() => undefined}
    />
  );
}

function NewProfile({ done }: { done: () => void }) {
  return (
    <ResourceForm
      label="Add a capacity profile"
      fields={fields}
      stored={{ values: initial, etag: null }}
      isNew
      submit="Add profile"
      save={async (all, etag) => {
        await createProfile(nested(all));
        await refresh("capacity-profiles");
        done();
        return { values: all, etag };
      }}
    />
  );
}

function EditProfile({ profile: { id, name } }: { profile: Profile }) {
  return (
    <Loaded what="the capacity profile" queryKey={key("capacity-profile", id)} read={() => readProfile(id)}>
      {(loaded) => (
        <>
          <Text fw={600} mb="sm">
            {name}
          </Text>
          <EditForm
            label="Capacity profile"
            fields={lasting}
            queryKey={key("capacity-profile", id)}
            list={key("capacity-profiles")}
            loaded={loaded}
            read={() => readProfile(id)}
            change={(body, headers) => changeProfile(id, body, headers)}
          />
        </>
      )}
    </Loaded>
  );
}
