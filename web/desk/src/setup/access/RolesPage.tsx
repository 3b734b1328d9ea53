import { Badge, Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { LoadError, SkeletonRows } from "../../ui/States";
import { useAgents } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { roles as builtIn } from "../team/calls";
import { useRoles } from "./calls";

interface Row {
  id: string;
  name: string;
  people: number;
  permissions: number | null; // null: built in
}

/** RolesPage lists what people can be: the built-in roles and those that were added. */
export function RolesPage() {
  const roles = useRoles();
  const agents = useAgents();
  const add = (
    <Button component={Link} to="/setup/roles/new">
      Add a role
    </Button>
  );
  const head = (
    <PageHead title="Roles" action={add} operation="listRoles">
      A role is what its people may do. Agents answer customers, supervisors see and direct everybody’s work, administrators change the
      setup. Add a role where these do not fit.
    </PageHead>
  );
  if (roles.error ?? agents.error)
    return (
      <>
        {head}
        <LoadError what="Could not load roles" error={roles.error ?? agents.error} retry={() => void roles.refetch()} />
      </>
    );
  if (!roles.data || !agents.data)
    return (
      <>
        {head}
        <SkeletonRows n={4} h={44} />
      </>
    );
  const rows: Row[] = [
    ...builtIn.map((r) => ({
      id: r.value,
      name: r.label,
      people: agents.data.filter((a) => a.role === r.value && !a.role_id).length,
      permissions: null,
    })),
    ...roles.data.map((r) => ({ id: r.id, name: r.name, people: r.people, permissions: r.permissions.length })),
  ];
  return (
    <>
      {head}
      <ListOf
        label="Roles"
        query={{ data: rows, error: null, isPending: false, refetch: roles.refetch }}
        textOf={(r) => r.name}
        empty={null}
        columns={[
          {
            label: "Name",
            show: (r) => (
              <Link to="/setup/roles/$id" params={{ id: r.id }} className="name">
                {r.name}
              </Link>
            ),
          },
          {
            label: "Permissions",
            show: (r) =>
              r.permissions ?? (
                <Badge variant="outline" color="gray" className="state">
                  Built in
                </Badge>
              ),
          },
          { label: "People", show: (r) => r.people },
        ]}
      />
    </>
  );
}
