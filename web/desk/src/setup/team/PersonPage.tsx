import { Button, Stack, Title } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";

import { EditForm } from "../form/EditForm";
import { nested, type Field, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { key, options, refresh, useHoursList, type Hours } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { changeAgent, createAgent, readAgent, roles } from "./calls";
import { PersonAccess } from "../access/PersonAccess";
import { PersonProfiles } from "./PersonProfiles";
import { PersonQueues } from "./PersonQueues";
import { PersonSkills } from "./PersonSkills";

const back = { to: "/setup/people", label: "All people" };

/** PersonPage adds a person, or edits one. */
export function PersonPage() {
  const { id = "" } = useParams({ strict: false });
  const hours = useHoursList().data;
  if (id === "new") return <NewPerson />;
  return (
    <Loaded what="the person" queryKey={key("agent", id)} read={() => readAgent(id)}>
      {(loaded) => (
        <Stack gap="xl">
          <PageHead title={loaded.value.name} back={back} operation="changeAgent" />
          {hours && (
            <EditForm
              label="Person"
              fields={[...fieldsOf(hours).filter((f) => f.name !== "role"), password(false), disabled]}
              queryKey={key("agent", id)}
              list={key("agents")}
              loaded={loaded}
              read={() => readAgent(id)}
              change={(body, headers) => changeAgent(id, body, headers)}
            />
          )}
          <section aria-label="Role">
            <Title order={2} size="h5" mb="xs">
              Role
            </Title>
            <PersonAccess id={id} />
          </section>
          <section aria-label="Queues">
            <Title order={2} size="h5" mb="xs">
              Queues
            </Title>
            <PersonQueues id={id} />
          </section>
          <section aria-label="Skills">
            <Title order={2} size="h5" mb="xs">
              Skills
            </Title>
            <PersonSkills id={id} />
          </section>
          <section aria-label="Capacity profiles">
            <Title order={2} size="h5" mb="xs">
              Capacity profiles
            </Title>
            <PersonProfiles id={id} />
          </section>
        </Stack>
      )}
    </Loaded>
  );
}

function NewPerson() {
  const go = useNavigate();
  const fields = [...fieldsOf([]).filter((f) => f.name !== "operating_hours_id"), password(true)];
  const values: Values = { name: "", email: "", role: "agent", capacity: 3, password: "" };
  return (
    <>
      <PageHead title="Add a person" back={back} operation="createAgent">
        They sign in with the e-mail address and the password that you give them.
      </PageHead>
      <ResourceForm
        label="Add a person"
        fields={fields}
        stored={{ values, etag: null }}
        isNew
        submit="Add person"
        cancel={
          <Button variant="default" component={Link} to="/setup/people">
            Cancel
          </Button>
        }
        save={async (all, etag) => {
          const made = await createAgent(nested(all));
          await refresh("agents");
          void go({ to: "/setup/people/$id", params: { id: made.id } });
          return { values: all, etag };
        }}
      />
    </>
  );
}

const email = (value: string) => (/^\S+@\S+\.\S+$/.test(value) ? undefined : "An e-mail address looks like maya@example.com.");
const tenCharacters = (value: string) => (value.length < 10 ? "Use at least 10 characters." : undefined);

const fieldsOf = (hours: Hours[]): Field[] => [
  { name: "name", label: "Name", kind: "text", required: true, maxLength: 100, help: "Customers may see it." },
  { name: "email", label: "E-mail address", kind: "email", required: true, check: email },
  {
    name: "role",
    label: "Role",
    kind: "select",
    required: true,
    options: roles,
    help: "Supervisors also see everybody's conversations and campaigns; administrators also change the setup.",
  },
  { name: "capacity", label: "Capacity", kind: "number", required: true, min: 0, max: 1000, help: "How many conversations fit at once." },
  {
    name: "operating_hours_id",
    label: "Working hours",
    kind: "select",
    none: "Always",
    options: options(hours),
    help: "Outside them nothing is offered to them by itself.",
  },
];

const password = (isNew: boolean): Field => ({
  name: "password",
  label: isNew ? "Password" : "New password",
  kind: "secret",
  required: isNew,
  maxLength: 200,
  help: isNew ? "10 characters at least." : "Leave it empty to keep the one they have.",
  check: tenCharacters,
});

const disabled: Field = { name: "disabled", label: "Disabled", kind: "switch", help: "They cannot sign in and get no conversations." };
