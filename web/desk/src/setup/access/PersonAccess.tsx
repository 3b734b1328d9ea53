import { Alert, Button, Checkbox, Group, NativeSelect, Radio, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { errorMessage } from "../../api/client";
import { queryClient } from "../../live/store";
import { SkeletonRows } from "../../ui/States";
import { key, useQueues } from "../lists";
import { Loaded } from "../Loaded";
import { roles as builtIn } from "../team/calls";
import { ifMatch, type Versioned } from "../versioned";
import { readAccess, setAccess, useRoles, type Access, type Role } from "./calls";

/** PersonAccess says which role somebody has, and which queues' conversations they see with it. */
export function PersonAccess({ id }: { id: string }) {
  const roles = useRoles().data;
  if (!roles) return <SkeletonRows n={2} h={28} />;
  return (
    <Loaded what="the role" queryKey={key("access", id)} read={() => readAccess(id)}>
      {(loaded) => <AccessForm key={loaded.etag} id={id} loaded={loaded} roles={roles} />}
    </Loaded>
  );
}

/** mayBeLimited are the roles whose people see everybody's conversations, unless they are limited to queues. */
const mayBeLimited = (role: string, roles: Role[]) =>
  role === "supervisor" || (roles.find((r) => r.id === role)?.permissions.includes("conversations:read-all") ?? false);

function AccessForm({ id, loaded, roles }: { id: string; loaded: Versioned<Access>; roles: Role[] }) {
  const { value, etag } = loaded;
  const queues = useQueues().data ?? [];
  const [role, setRole] = useState(value.role_id ?? value.role);
  const [limited, setLimited] = useState(value.queue_ids !== null);
  const [chosen, setChosen] = useState(value.queue_ids ?? []);
  const limits = mayBeLimited(role, roles);
  const saving = useMutation({
    mutationFn: () => {
      const custom = roles.some((r) => r.id === role);
      const which = custom ? { role_id: role } : { role: role as Access["role"] };
      return setAccess(id, { ...which, queue_ids: limits && limited ? chosen : null }, ifMatch(etag));
    },
    onSuccess: (kept) => queryClient.setQueryData(key("access", id), kept),
  });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    saving.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Role and queues" className="setup-form">
      <Stack gap="md">
        {saving.isError && (
          <Alert color="red" role="alert" title="Could not save">
            {errorMessage(saving.error)}
          </Alert>
        )}
        <NativeSelect
          label="Role"
          data={[...builtIn, ...roles.map((r) => ({ value: r.id, label: r.name }))]}
          value={role}
          onChange={(e) => setRole(e.currentTarget.value)}
        />
        {limits && (
          <Radio.Group
            label="Sees conversations of"
            description="Also decides whose presence they see. Campaigns and the audit log belong to no queue."
            value={limited ? "some" : "all"}
            onChange={(v) => setLimited(v === "some")}
          >
            <Group gap="md" mt={6}>
              <Radio value="all" label="All queues" />
              <Radio value="some" label="Selected queues" />
            </Group>
          </Radio.Group>
        )}
        {limits && limited && (
          <Checkbox.Group label="Queues they supervise" value={chosen} onChange={setChosen}>
            <Stack gap="xs" mt={6}>
              {queues.map((q) => (
                <Checkbox key={q.id} value={q.id} label={q.name} />
              ))}
            </Stack>
          </Checkbox.Group>
        )}
        <Group gap="sm">
          <Button type="submit" loading={saving.isPending}>
            Save role
          </Button>
          <Text size="sm" c="dimmed" role="status">
            {saving.isSuccess && "Saved. It takes effect at once."}
          </Text>
        </Group>
      </Stack>
    </form>
  );
}
