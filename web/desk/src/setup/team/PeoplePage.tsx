import { Badge, Button, Checkbox, Group, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconUsers } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { presences } from "../../session/presences";
import { EmptyState } from "../../ui/States";
import type { Agent } from "../lists";
import type { Column } from "../ListOf";
import { PagedList } from "../PagedList";
import { PageHead } from "../PageHead";
import { BulkActions } from "./BulkActions";
import { roleName } from "./calls";
import { usePeople } from "./people";

/** PeoplePage lists everybody who can sign in, and changes many at once. */
export function PeoplePage() {
  const [search, setSearch] = useState("");
  const [words] = useDebouncedValue(search.trim(), 200);
  const people = usePeople(words);
  const [chosen, setChosen] = useState<ReadonlyMap<string, Agent>>(new Map()); // also those of another search
  const toggle = (a: Agent) =>
    setChosen((before) => {
      const next = new Map(before);
      if (!next.delete(a.id)) next.set(a.id, a);
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
      <BulkActions chosen={[...chosen.values()]} clear={() => setChosen(new Map())} />
      <PagedList
        label="People"
        query={people}
        search={search}
        setSearch={setSearch}
        columns={columns(chosen, toggle)}
        empty={<EmptyState icon={<IconUsers size={36} stroke={1.4} aria-hidden />} title="Nobody yet" action={add} />}
      />
    </>
  );
}

const columns = (chosen: ReadonlyMap<string, Agent>, toggle: (a: Agent) => void): Column<Agent>[] => [
  {
    label: "Select",
    hidden: true,
    show: (a) => <Checkbox checked={chosen.has(a.id)} onChange={() => toggle(a)} aria-label={`Select ${a.name}`} />,
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
