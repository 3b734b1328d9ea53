import { Badge, Button, Checkbox, Group, Text } from "@mantine/core";
import { IconUsers } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { presences } from "../../session/presences";
import { EmptyState } from "../../ui/States";
import { useAgents, type Agent } from "../lists";
import { ListOf, type Column } from "../ListOf";
import { PageHead } from "../PageHead";
import { BulkActions } from "./BulkActions";
import { roleName } from "./calls";

/** PeoplePage lists everybody who can sign in, and changes many at once. */
export function PeoplePage() {
  const agents = useAgents();
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const toggle = (id: string) =>
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id)) next.add(id);
      return next;
    });
  const add = (
    <Button component={Link} to="/setup/people/new">
      Add a person
    </Button>
  );
  return (
    <>
      <PageHead title="People" action={add} operation="listAgents">
        Everybody who can sign in. Select several to change them together.
      </PageHead>
      <BulkActions chosen={(agents.data ?? []).filter((a) => chosen.has(a.id))} clear={() => setChosen(new Set())} />
      <ListOf
        label="People"
        query={agents}
        textOf={(a) => `${a.name} ${a.email} ${a.role_name ?? roleName(a.role)}`}
        columns={columns(chosen, toggle)}
        empty={<EmptyState icon={<IconUsers size={36} stroke={1.4} aria-hidden />} title="Nobody yet" action={add} />}
      />
    </>
  );
}

const columns = (chosen: ReadonlySet<string>, toggle: (id: string) => void): Column<Agent>[] => [
  {
    label: "Select",
    hidden: true,
    show: (a) => <Checkbox checked={chosen.has(a.id)} onChange={() => toggle(a.id)} aria-label={`Select ${a.name}`} />,
  },
  {
    label: "Name",
    show: (a) => (
      <>
        <Link to="/setup/people/$id" params={{ id: a.id }} className="name">
          {a.name}
        </Link>
        <Text size="xs" c="dimmed">
          {a.email}
        </Text>
      </>
    ),
  },
  {
    label: "Role",
    show: (a) => (
      <>
        {a.role_name ?? roleName(a.role)}
        {a.queues_limited && (
          <Text size="xs" c="dimmed">
            Selected queues
          </Text>
        )}
      </>
    ),
  },
  {
    label: "Capacity",
    show: (a) => (
      <span className="nowrap">
        {a.load} of {a.capacity}
      </span>
    ),
  },
  {
    label: "Status",
    show: (a) =>
      a.disabled ? (
        <Badge variant="outline" color="gray" className="state">
          Disabled
        </Badge>
      ) : (
        <Group gap={6} wrap="nowrap">
          <Text span c={presences[a.presence].color} aria-hidden>
            {presences[a.presence].sign}
          </Text>
          {presences[a.presence].label}
        </Group>
      ),
  },
];
