import { Alert, Button, Group, Modal, NativeSelect, Paper, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { errorMessage } from "../../api/client";
import { EmptyState, SkeletonRows } from "../../ui/States";
import { createToken, useRoles } from "../access/calls";
import { Copyable } from "../Copyable";
import type { Option } from "../form/fields";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { setGroupRole, useScimGroups, type ScimGroup } from "./calls";
import { rolesWith } from "./fields";

/** ProvisioningPage connects an identity provider that keeps people and groups, and says which roles groups give. */
export function ProvisioningPage() {
  const groups = useScimGroups();
  const own = useRoles().data;
  return (
    <>
      <PageHead title="Provisioning" operation="listScimGroups">
        Your identity provider adds, changes and disables people here with SCIM 2.0. Groups that it sends can give their members a role.
      </PageHead>
      <Stack gap="xl" mt="md">
        <Connect />
        <Stack gap="xs" component="section" aria-label="Groups">
          <Title order={2} size="h5">
            Groups
          </Title>
          <Text size="sm" c="dimmed" maw={640}>
            Somebody in several groups gets the role with the most permissions. People in no group with a role are agents, unless somebody
            gave them a role under People. The last administrator always stays one.
          </Text>
          {own ? <Groups query={groups} roles={rolesWith(own)} /> : <SkeletonRows n={3} h={44} />}
        </Stack>
      </Stack>
    </>
  );
}

function Groups({ query, roles }: { query: ReturnType<typeof useScimGroups>; roles: Option[] }) {
  return (
    <ListOf
      label="Groups"
      query={query}
      textOf={(g) => g.display_name}
      empty={
        <EmptyState icon={<IconUsersGroup size={36} stroke={1.4} aria-hidden />} title="No groups yet">
          They appear here once your identity provider has sent them.
        </EmptyState>
      }
      columns={[
        { label: "Name", show: (g) => g.display_name },
        { label: "People", show: (g) => g.members },
        { label: "Role", show: (g) => <RoleOf group={g} roles={roles} /> },
      ]}
    />
  );
}

function RoleOf({ group, roles }: { group: ScimGroup; roles: Option[] }) {
  const saving = useMutation({ mutationFn: (role: string) => setGroupRole(group.id, role) });
  return (
    <NativeSelect
      aria-label={`Role of ${group.display_name}`}
      data={[{ value: "", label: "No role" }, ...roles]}
      value={group.role_id ?? group.role ?? ""}
      disabled={saving.isPending}
      error={saving.isError ? errorMessage(saving.error) : undefined}
      onChange={(e) => saving.mutate(e.currentTarget.value)}
    />
  );
}

/** Connect shows what to enter at the provider. */
function Connect() {
  const [asking, setAsking] = useState(false);
  return (
    <Paper withBorder p="md" component="section" aria-label="Enter at the provider">
      <Stack gap="sm" align="flex-start">
        <Title order={2} size="h6">
          Enter at the provider
        </Title>
        <Text size="sm">The address, which Entra calls tenant URL and Okta base URL:</Text>
        <Copyable text={`${location.origin}/scim/v2`} label="SCIM address" />
        <Text size="sm">A token that may provision people and do nothing else. It lasts a year; replace it in time.</Text>
        <Button variant="default" onClick={() => setAsking(true)}>
          Create a token
        </Button>
      </Stack>
      <Modal opened={asking} onClose={() => setAsking(false)} title="Create a provisioning token">
        {asking && <NewToken close={() => setAsking(false)} />}
      </Modal>
    </Paper>
  );
}

const year = 365 * 24 * 60 * 60 * 1000;

function NewToken({ close }: { close: () => void }) {
  const [name, setName] = useState("Provisioning");
  const making = useMutation({
    mutationFn: () =>
      createToken({
        name: name.trim(),
        permissions: ["scim:write"],
        agent_id: null,
        expires_at: new Date(Date.now() + year).toISOString(),
      }),
  });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    making.mutate();
  };
  if (making.data)
    return (
      <Stack gap="md">
        <Text size="sm">Copy the token now and enter it at your provider. It cannot be shown again.</Text>
        <Copyable text={making.data.token} label="token" />
        <Group>
          <Button onClick={close}>Done</Button>
        </Group>
      </Stack>
    );
  return (
    <form onSubmit={submit} aria-label="Create a provisioning token">
      <Stack gap="md">
        {making.isError && (
          <Alert color="red" role="alert" title="Could not create the token">
            {errorMessage(making.error)}
          </Alert>
        )}
        <TextInput
          label="Name"
          description="As the list of API tokens shows it."
          required
          maxLength={100}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <Group gap="sm">
          <Button type="submit" loading={making.isPending}>
            Create token
          </Button>
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
