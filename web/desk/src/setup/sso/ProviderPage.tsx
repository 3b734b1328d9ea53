import { Alert, Button, Group, Paper, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";

import { errorMessage } from "../../api/client";
import { queryClient } from "../../live/store";
import { SkeletonRows } from "../../ui/States";
import { Copyable } from "../Copyable";
import { useRoles } from "../access/calls";
import { DeleteButton } from "../form/DeleteButton";
import type { Option } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { key, refresh } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { ifMatch, type Versioned } from "../versioned";
import { changeProvider, createProvider, deleteProvider, readProvider, testProvider, type IdentityProvider } from "./calls";
import { bodyOf, formOf, newProvider, providerFields, rolesWith } from "./fields";

const back = { to: "/setup/sign-in", label: "All identity providers" };

/** ProviderPage adds an identity provider, or edits one. */
export function ProviderPage() {
  const { id = "" } = useParams({ strict: false });
  const own = useRoles().data;
  if (!own) return <SkeletonRows n={5} h={44} />;
  const roles = rolesWith(own);
  if (id === "new") return <NewProvider roles={roles} />;
  return (
    <Loaded what="the identity provider" queryKey={key("identity-provider", id)} read={() => readProvider(id)}>
      {(loaded) => (
        <Stack gap="md">
          <Head provider={loaded.value} />
          <Addresses provider={loaded.value} />
          <EditProvider loaded={loaded} roles={roles} />
          <Test provider={loaded.value} />
        </Stack>
      )}
    </Loaded>
  );
}

function Head({ provider }: { provider: IdentityProvider }) {
  const go = useNavigate();
  return (
    <PageHead
      title={provider.name}
      back={back}
      operation="changeIdentityProvider"
      action={
        <DeleteButton
          what="provider"
          name={provider.name}
          uses={["Everybody who signed in there is signed out.", "People stay; who has no password needs a new one."]}
          alternative="To keep it for later, switch it off instead."
          remove={() => deleteProvider(provider.id)}
          done={() => void go({ to: back.to })}
        />
      }
    />
  );
}

/** Addresses are what to enter at the provider. */
function Addresses({ provider }: { provider: IdentityProvider }) {
  return (
    <Paper withBorder p="md" component="section" aria-label="Enter at the provider">
      <Stack gap="sm">
        <Title order={2} size="h6">
          Enter at the provider
        </Title>
        <Text size="sm">Register Switchboard there as a web application with this redirect URL:</Text>
        <Copyable text={provider.redirect_url} label="redirect URL" />
        <Text size="sm">If it has back-channel logout, people who sign out there are signed out here:</Text>
        <Copyable text={provider.logout_url} label="logout URL" />
      </Stack>
    </Paper>
  );
}

function EditProvider({ loaded, roles }: { loaded: Versioned<IdentityProvider>; roles: Option[] }) {
  const { id } = loaded.value;
  const keep = (got: Versioned<IdentityProvider>) => {
    queryClient.setQueryData(key("identity-provider", id), got);
    void refresh("identity-providers");
    return { values: formOf(got.value, roles), etag: got.etag };
  };
  return (
    <ResourceForm
      label="Identity provider"
      fields={providerFields(false, roles)}
      stored={{ values: formOf(loaded.value, roles), etag: loaded.etag }}
      save={async (changes, etag) => keep(await changeProvider(id, bodyOf(changes, roles), ifMatch(etag)))}
      reload={async () => keep(await readProvider(id))}
    />
  );
}

/** Test asks the provider for its settings. */
function Test({ provider }: { provider: IdentityProvider }) {
  const test = useMutation({ mutationFn: () => testProvider(provider.id) });
  return (
    <Stack gap="sm" align="flex-start" component="section" aria-label="Test">
      <Title order={2} size="h6">
        Test
      </Title>
      <Text size="sm">
        Reads the provider’s settings. Then sign in once in a private window: only that shows whether client ID and secret are right.
      </Text>
      <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
        Test connection
      </Button>
      <div role="status">
        {test.data?.ok && (
          <Group gap={6} className="sign-done">
            <IconCircleCheck size={18} aria-hidden />
            <Text size="sm">The provider answers and offers what is needed.</Text>
          </Group>
        )}
        {test.data && !test.data.ok && (
          <Alert color="red" title="The provider cannot be used yet">
            {test.data.detail}
          </Alert>
        )}
        {test.isError && (
          <Alert color="red" title="Could not run the test">
            {errorMessage(test.error)}
          </Alert>
        )}
      </div>
    </Stack>
  );
}

function NewProvider({ roles }: { roles: Option[] }) {
  const go = useNavigate();
  return (
    <>
      <PageHead title="Add an identity provider" back={back} operation="createIdentityProvider">
        Create an application of the type “web” at your provider and copy its client ID and secret. The redirect URL to enter there is
        {` ${location.origin}/v1/sso/callback`}.
      </PageHead>
      <ResourceForm
        label="Add an identity provider"
        fields={providerFields(true, roles)}
        stored={{ values: newProvider, etag: null }}
        isNew
        submit="Add provider"
        cancel={
          <Button variant="default" component={Link} to={back.to}>
            Cancel
          </Button>
        }
        save={async (all, etag) => {
          const made = await createProvider(bodyOf(all, roles) as unknown as Parameters<typeof createProvider>[0]);
          await refresh("identity-providers");
          void go({ to: "/setup/sign-in/$id", params: { id: made.id } });
          return { values: all, etag };
        }}
      />
    </>
  );
}
