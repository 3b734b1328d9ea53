import { Button, Group, Stack } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { nested, type Field, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { refresh, type Agent } from "../lists";
import { PageHead } from "../PageHead";
import { createAgent } from "./calls";
import { LinkToPassOn } from "./LinkToPassOn";
import { makeLink, useMailPossible, type MadeLink } from "./signIn";

const back = { to: "/setup/people", label: "All people" };

const byEmail: Field = {
  name: "by_email",
  label: "Send the invitation by e-mail",
  kind: "switch",
  help: "Otherwise you get a link to pass on.",
};

/** NewPerson adds a person and invites them. */
export function NewPerson({ fields }: { fields: Field[] }) {
  const mail = useMailPossible();
  const go = useNavigate();
  const [invited, setInvited] = useState<{ agent: Agent; link: MadeLink }>();
  if (invited) return <Invited {...invited} />;
  const values: Values = { name: "", email: "", role: "agent", capacity: 3, by_email: false };
  return (
    <>
      <PageHead title="Add a person" back={back} operation="createAgent">
        They choose their own password by a link that works once. Nobody else knows it.
      </PageHead>
      <ResourceForm
        label="Add a person"
        fields={mail ? [...fields, byEmail] : fields}
        stored={{ values, etag: null }}
        isNew
        submit="Add person"
        cancel={
          <Button variant="default" component={Link} to="/setup/people">
            Cancel
          </Button>
        }
        save={async ({ by_email: send, ...all }, etag) => {
          const agent = await createAgent(nested(all));
          await refresh("agents");
          try {
            setInvited({ agent, link: await makeLink(agent.id, "invitation", send === true) });
          } catch {
            void go({ to: "/setup/people/$id", params: { id: agent.id } }); // they are added; the link can be made there
          }
          return { values: { ...all, by_email: false }, etag };
        }}
      />
    </>
  );
}

function Invited({ agent, link }: { agent: Agent; link: MadeLink }) {
  return (
    <>
      <PageHead title={`${agent.name} is added`} back={back}>
        Next, choose the queues that they work in.
      </PageHead>
      <Stack gap="md" maw={640}>
        <LinkToPassOn name={agent.name} email={agent.email} kind="invitation" link={link} />
        <Group>
          <Button component={Link} to={`/setup/people/${agent.id}`}>
            Choose queues and skills
          </Button>
        </Group>
      </Stack>
    </>
  );
}
