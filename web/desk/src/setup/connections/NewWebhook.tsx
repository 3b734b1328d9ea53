import { Button, Group, Stack, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { nested, valuesOf, type Field } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { options, type Workstream } from "../lists";
import { PageHead } from "../PageHead";
import { ShownSecret } from "./ShownSecret";
import { createWebhook, kinds, type ShownWebhook } from "./webhooks";

export const back = { to: "/setup/webhooks", label: "All webhooks" };

/** NewWebhook adds a webhook and then shows its secret, once. */
export function NewWebhook({ workstreams }: { workstreams: Workstream[] }) {
  const [made, setMade] = useState<ShownWebhook | null>(null);
  if (made) return <Made webhook={made} />;
  const fields = webhookFields(workstreams);
  return (
    <>
      <PageHead title="Add a webhook" back={back} operation="createWebhook">
        It hears what happens from now on.
      </PageHead>
      <ResourceForm
        label="Add a webhook"
        fields={fields}
        stored={{ values: valuesOf(fields, {}), etag: null }}
        isNew
        submit="Add webhook"
        cancel={
          <Button variant="default" component={Link} to="/setup/webhooks">
            Cancel
          </Button>
        }
        save={async (all, etag) => {
          setMade(await createWebhook(nested(all)));
          return { values: all, etag };
        }}
      />
    </>
  );
}

const focus = (heading: HTMLElement | null) => heading?.focus();

function Made({ webhook }: { webhook: ShownWebhook }) {
  return (
    <>
      <PageHead title={webhook.name} back={back} />
      <section aria-label="Secret">
        <Title order={2} size="h5" mb="xs" ref={focus} tabIndex={-1}>
          The secret of this webhook
        </Title>
        <Stack gap="md">
          <ShownSecret secret={webhook.secret} />
          <Text size="sm" maw={640}>
            Your system checks the header <code>webhook-signature</code> with it, as the Standard Webhooks specification says; there are
            libraries for most languages.
          </Text>
          <Group>
            <Button component={Link} to={`/setup/webhooks/${webhook.id}`}>
              Continue
            </Button>
          </Group>
        </Stack>
      </section>
    </>
  );
}

const web = (value: string): string | undefined =>
  URL.canParse(value) && /^https?:$/.test(new URL(value).protocol) ? undefined : "Write an address like https://crm.example.com/hooks.";

/** webhookFields are what one sets of a webhook. */
export const webhookFields = (workstreams: Workstream[]): Field[] => [
  { name: "name", label: "Name", kind: "text", required: true, maxLength: 100, placeholder: "CRM" },
  {
    name: "url",
    label: "Address",
    kind: "text",
    required: true,
    check: web,
    maxLength: 2000,
    placeholder: "https://crm.example.com/hooks/switchboard",
    help: "Events are posted there as JSON. It must answer with a status from 200 to 299.",
  },
  { name: "kinds", label: "Events", kind: "checks", required: true, options: kinds },
  {
    name: "workstream_id",
    label: "Conversations",
    kind: "select",
    none: "Of all workstreams",
    options: options(workstreams),
    group: "What is sent",
  },
  {
    name: "include_message",
    label: "Send what was said",
    kind: "switch",
    help: "The text of messages and the names of their files. Without it events have ids and codes only.",
    group: "What is sent",
  },
  {
    name: "include_internal",
    label: "Internal messages too",
    kind: "switch",
    help: "Messages that only agents see.",
    group: "What is sent",
  },
  {
    name: "internal",
    label: "The address is in our own network",
    kind: "switch",
    help: "Allowed for hosts that SWITCHBOARD_ALLOW_PRIVATE_HOSTS names, there also without TLS.",
    group: "Network",
  },
];
