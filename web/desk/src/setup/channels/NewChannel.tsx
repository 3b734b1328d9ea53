import { Anchor, Button, Stack, Text } from "@mantine/core";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";

import { LoadError, SkeletonRows } from "../../ui/States";
import { nested, valuesOf, type Field, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { refresh, useProviders, useWorkstreams, type Provider, type Workstream } from "../lists";
import { PageHead } from "../PageHead";
import { StarterWorkstream } from "../team/StarterWorkstream";
import { baseURLField, workstreamField } from "./accountFields";
import { createAccount } from "./accounts";
import { accountFields, guideOf, hasPage } from "./providers";

/** NewChannel connects an account: first the provider is chosen, then its credentials are entered. */
export function NewChannel() {
  const { provider: chosen } = useSearch({ strict: false }) as { provider?: string };
  const providers = useProviders();
  const workstreams = useWorkstreams();
  const provider = providers.data?.find((p) => p.type === chosen);
  const back = provider
    ? { to: "/setup/channels/new", label: "Choose another provider" }
    : { to: "/setup/channels", label: "All channels" };
  return (
    <>
      <PageHead
        title={provider ? `Connect ${guideOf(provider.type).name}` : "Connect a channel"}
        back={back}
        operation={provider && "createAccount"}
      >
        {provider ? "Step 2 of 3: the credentials of your account there." : "Step 1 of 3: choose where your customers write."}
      </PageHead>
      {providers.isError && <LoadError what="Could not load providers" error={providers.error} retry={() => void providers.refetch()} />}
      {(providers.isPending || workstreams.isPending) && <SkeletonRows n={2} h={72} />}
      {providers.data && !provider && <ProviderChoice providers={providers.data} />}
      {provider && workstreams.data && <Credentials key={provider.type} provider={provider} workstreams={workstreams.data} />}
    </>
  );
}

function ProviderChoice({ providers }: { providers: Provider[] }) {
  return (
    <Stack gap="sm" mt="md" maw={560}>
      {providers
        .filter((p) => hasPage(p.type))
        .map((p) => (
          <Link key={p.type} to="/setup/channels/new" search={{ provider: p.type }} className="choice">
            <Text fw={600}>{guideOf(p.type).name}</Text>
            <Text size="sm" c="dimmed">
              {guideOf(p.type).about}
            </Text>
          </Link>
        ))}
      <Link to="/setup/chat/$id" params={{ id: "new" }} className="choice">
        <Text fw={600}>Chat on your site</Text>
        <Text size="sm" c="dimmed">
          A button on your own pages that opens a chat.
        </Text>
      </Link>
    </Stack>
  );
}

function Credentials({ provider, workstreams }: { provider: Provider; workstreams: Workstream[] }) {
  const go = useNavigate();
  const guide = guideOf(provider.type);
  if (workstreams.length === 0) return <StarterWorkstream />;
  const fields = newAccountFields(provider, workstreams);
  const values: Values = { ...valuesOf(fields, {}), name: guide.name, workstream_id: workstreams[0]?.id ?? "" };
  return (
    <Stack gap="md" mt="md">
      {guide.find && (
        <Text size="sm" maw={560}>
          {guide.find}{" "}
          <Anchor href={guide.console.href} target="_blank" rel="noreferrer" underline="always" size="sm">
            Open the {guide.console.label}
          </Anchor>
        </Text>
      )}
      <ResourceForm
        label={`Connect ${guide.name}`}
        fields={fields}
        stored={{ values, etag: null }}
        isNew
        submit="Save and continue"
        cancel={
          <Button variant="default" component={Link} to="/setup/channels">
            Cancel
          </Button>
        }
        save={async (all, etag) => {
          const made = await createAccount({ provider: provider.type, ...nested(withoutEmpty(all)) });
          await refresh("accounts");
          void go({ to: "/setup/channels/$id", params: { id: made.id } });
          return { values: all, etag };
        }}
      />
    </Stack>
  );
}

/** withoutEmpty leaves out what was not filled in. */
const withoutEmpty = (all: Values): Values =>
  Object.fromEntries(Object.entries(all).flatMap(([k, v]) => (v === "" ? [] : [[k, typeof v === "string" ? v.trim() : v]])));

function newAccountFields(provider: Provider, workstreams: Workstream[]): Field[] {
  return [
    { name: "name", label: "Name", kind: "text", required: true, maxLength: 100, help: "How your team calls this account." },
    workstreamField(workstreams),
    ...accountFields(provider, true),
    baseURLField,
  ];
}
