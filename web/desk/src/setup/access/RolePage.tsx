import { Alert, Button, Group, NativeSelect, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { type SubmitEvent, useState } from "react";

import { errorMessage } from "../../api/client";
import { SkeletonRows } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import { serverErrors, type Field } from "../form/fields";
import { key } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { roles as builtIn } from "../team/calls";
import { useSomePeople } from "../team/people";
import { ifMatch } from "../versioned";
import { deleteRole, readRole, saveRole, usePermissions, useRoles, type Permission } from "./calls";
import { PermissionChecks } from "./PermissionChecks";

const back = { to: "/setup/roles", label: "All roles" };
const fields: Field[] = ["name", "permissions"].map((name) => ({ name, label: name, kind: "text" }));

/** RolePage shows a role and who has it; one that is not built in can be changed. */
export function RolePage() {
  const { id = "" } = useParams({ strict: false });
  const permissions = usePermissions().data;
  const standard = builtIn.find((r) => r.value === id);
  if (!permissions) return <SkeletonRows n={6} h={28} />;
  if (id === "new") return <NewRole permissions={permissions} />;
  if (standard)
    return (
      <Stack gap="xl">
        <PageHead title={standard.label} back={back}>
          This role is built in. Add a role from a copy of it if it does not fit.
        </PageHead>
        <PermissionList permissions={permissions.filter((p) => heldBy(p, id))} />
        <Holders of={{ role: id as "agent" | "supervisor" | "administrator" }} />
      </Stack>
    );
  return (
    <Loaded what="the role" queryKey={key("role", id)} read={() => readRole(id)}>
      {({ value, etag }) => (
        <Stack gap="xl">
          <PageHead
            title={value.name}
            back={back}
            operation="changeRole"
            action={<DeleteRole id={id} name={value.name} people={value.people} />}
          />
          <RoleForm key={etag} id={id} name={value.name} chosen={value.permissions} permissions={permissions} etag={etag} />
          <Holders of={{ role_id: id }} />
        </Stack>
      )}
    </Loaded>
  );
}

const order = builtIn.map((r) => r.value);
const heldBy = (p: Permission, role: string) => order.indexOf(role) >= order.indexOf(p.role);

function PermissionList({ permissions }: { permissions: Permission[] }) {
  return (
    <section aria-label="Permissions">
      <Title order={2} size="h5" mb="xs">
        Permissions
      </Title>
      <Stack gap={4}>
        {permissions.map((p) => (
          <Text key={p.name} size="sm">
            {p.description}
          </Text>
        ))}
      </Stack>
    </section>
  );
}

function DeleteRole({ id, name, people }: { id: string; name: string; people: number }) {
  const go = useNavigate();
  return (
    <DeleteButton
      what="role"
      name={name}
      uses={people > 0 ? [`${String(people)} people have it. Give them another role first.`] : []}
      remove={() => deleteRole(id)}
      done={() => void go({ to: "/setup/roles" })}
    />
  );
}

function NewRole({ permissions }: { permissions: Permission[] }) {
  const roles = useRoles().data;
  const [from, setFrom] = useState("agent");
  const copied = roles?.find((r) => r.id === from)?.permissions ?? permissions.filter((p) => heldBy(p, from)).map((p) => p.name);
  return (
    <Stack gap="md">
      <PageHead title="Add a role" back={back} operation="createRole">
        Begin with a copy of the role that is closest, then select what its people may do.
      </PageHead>
      <NativeSelect
        label="Copy of"
        maw={320}
        data={[...builtIn, ...(roles ?? []).map((r) => ({ value: r.id, label: r.name }))]}
        value={from}
        onChange={(e) => setFrom(e.currentTarget.value)}
      />
      <RoleForm key={from} id="new" name="" chosen={copied} permissions={permissions} etag={null} />
    </Stack>
  );
}

interface FormProps {
  id: string;
  name: string;
  chosen: string[];
  permissions: Permission[];
  etag: string | null;
}

function RoleForm({ id, name: stored, chosen: had, permissions, etag }: FormProps) {
  const go = useNavigate();
  const [name, setName] = useState(stored);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set(had));
  const [missing, setMissing] = useState<Record<string, string>>({});
  const saving = useMutation({
    mutationFn: () =>
      saveRole(id, { name: name.trim(), permissions: permissions.map((p) => p.name).filter((p) => chosen.has(p)) }, ifMatch(etag)),
    onSuccess: (kept) => id === "new" && go({ to: "/setup/roles/$id", params: { id: kept.id } }),
  });
  const wrong = { ...serverErrors(saving.error, fields), ...missing };
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    const problems: Record<string, string> = {};
    if (!name.trim()) problems.name = "Name is required.";
    if (chosen.size === 0) problems.permissions = "Select at least one permission.";
    setMissing(problems);
    saving.reset();
    if (Object.keys(problems).length === 0) saving.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Role" noValidate className="setup-form">
      <Stack gap="md">
        {saving.isError && (
          <Alert color="red" role="alert" title="Could not save the role">
            {errorMessage(saving.error)}
          </Alert>
        )}
        <TextInput label="Name" required maxLength={100} value={name} error={wrong.name} onChange={(e) => setName(e.currentTarget.value)} />
        <PermissionChecks permissions={permissions} chosen={chosen} change={setChosen} error={wrong.permissions} />
        <Group gap="sm">
          <Button type="submit" loading={saving.isPending}>
            {id === "new" ? "Add role" : "Save"}
          </Button>
          <Button variant="default" component={Link} to="/setup/roles">
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

function Holders({ of }: { of: Parameters<typeof useSomePeople>[0] }) {
  const found = useSomePeople({ limit: 200, ...of }).data;
  if (!found) return null;
  const people = found.items;
  return (
    <section aria-label="People">
      <Title order={2} size="h5" mb="xs">
        People
      </Title>
      {people.length === 0 && <Text size="sm">Nobody has this role. Give it to somebody on their page under People.</Text>}
      <Stack gap={4}>
        {people.map((a) => (
          <Link key={a.id} to="/setup/people/$id" params={{ id: a.id }} className="name">
            {a.name}
          </Link>
        ))}
        {found.next && (
          <Text size="sm" c="dimmed">
            And more people.
          </Text>
        )}
      </Stack>
    </section>
  );
}
