import { Stack, Title } from "@mantine/core";
import { useParams } from "@tanstack/react-router";

import { EditForm } from "../form/EditForm";
import type { Field } from "../form/fields";
import { key, options, useHoursList, type Hours } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { changeAgent, readAgent, roles } from "./calls";
import { NewPerson } from "./NewPerson";
import { PersonAccess } from "../access/PersonAccess";
import { ViewAs } from "../access/ViewAs";
import { PersonProfiles } from "./PersonProfiles";
import { PersonQueues } from "./PersonQueues";
import { PersonSignIn } from "./PersonSignIn";
import { PersonSkills } from "./PersonSkills";

const back = { to: "/setup/people", label: "All people" };

/** PersonPage adds a person, or edits one. */
export function PersonPage() {
  const { id = "" } = useParams({ strict: false });
  const hours = useHoursList().data;
  if (id === "new") return <NewPerson fields={fieldsOf([]).filter((f) => f.name !== "operating_hours_id")} />;
  return (
    <Loaded what="the person" queryKey={key("agent", id)} read={() => readAgent(id)}>
      {(loaded) => (
        <Stack gap="xl">
          <PageHead title={loaded.value.name} back={back} operation="changeAgent" action={<ViewAs agent={loaded.value} />} />
          {hours && (
            <EditForm
              label="Person"
              fields={[...fieldsOf(hours).filter((f) => f.name !== "role"), disabled]}
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
          <section aria-label="Sign-in">
            <Title order={2} size="h5" mb="xs">
              Sign-in
            </Title>
            <PersonSignIn agent={loaded.value} />
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

const email = (value: string) => (/^\S+@\S+\.\S+$/.test(value) ? undefined : "An e-mail address looks like maya@example.com.");

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

const disabled: Field = { name: "disabled", label: "Disabled", kind: "switch", help: "They cannot sign in and get no conversations." };
