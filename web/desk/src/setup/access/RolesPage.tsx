import { Badge, Button } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { LoadError, SkeletonRows } from "../../ui/States";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { roles as builtIn } from "../team/calls";
import { useSomePeople } from "../team/people";
import { useRoles } from "./calls";

interface Row {
  id: string;
  name: string;
  people?: number; // of built-in roles they are counted when shown
  permissions: number | null; // null: built in
}

/** RolesPage lists what people can be: the built-in roles and those that were added. */
export function RolesPage() {
  const roles = useRoles();
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
  if (roles.error)
    return (
      <>
        {head}
        <LoadError what="Could not load roles" error={roles.error} retry={() => void roles.refetch()} />
      </>
    );
  if (!roles.data)
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
          { label: "People", show: (r) => r.people ?? <Holders role={r.id} /> },
        ]}
      />
    </>
  );
}

/** Holders is how many have a built-in role, as far as one request counts. */
function Holders({ role }: { role: string }) {
  const found = useSomePeople({ limit: 200, role: role as "agent" | "supervisor" | "administrator" }).data;
  return found && (found.next ? `More than ${found.items.length}` : found.items.length);
}
