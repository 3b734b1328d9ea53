import { Alert, Button, Checkbox, Group, ScrollArea, Stack, Text } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { LoadError, SkeletonRows } from "../../ui/States";
import { SearchBox } from "../ListOf";
import { inBulk } from "./bulk";
import { addMember, removeMember } from "./calls";
import { membersChanged, useSomeMembers, useSomePeople } from "./people";

interface Person {
  id: string;
  name: string;
}

/** Members chooses who answers a queue, of which count people are members. */
export function Members({ queue, count }: { queue: string; count: number }) {
  const [search, setSearch] = useState("");
  const [words] = useDebouncedValue(search.trim(), 200);
  const members = useSomeMembers(queue, words);
  const others = useSomePeople({ limit: 100, not_in_queue_id: queue, ...(words && { q: words }) });
  const [joining, setJoining] = useState<ReadonlyMap<string, Person>>(new Map());
  const [leaving, setLeaving] = useState<ReadonlyMap<string, Person>>(new Map());
  const save = useMutation({
    mutationFn: () =>
      inBulk([...joining.values(), ...leaving.values()], (a) => (joining.has(a.id) ? addMember(queue, a.id) : removeMember(queue, a.id))),
    onSuccess: async (outcomes) => {
      await membersChanged();
      const failed = new Set(outcomes.filter((o) => o.error).map((o) => o.id));
      const rest = (before: ReadonlyMap<string, Person>) => new Map([...before].filter(([id]) => failed.has(id)));
      setJoining(rest);
      setLeaving(rest);
    },
  });
  if (members.isError || others.isError)
    return <LoadError what="Could not load the members" error={members.error ?? others.error} retry={() => void members.refetch()} />;
  if (!members.data || !others.data) return <SkeletonRows n={3} h={28} />;
  const inside = members.data.items.map((m) => ({ id: m.agent_id, name: m.name }));
  const outside = others.data.items.filter((a) => !a.disabled && !inside.some((m) => m.id === a.id));
  const failed = save.data?.filter((o) => o.error) ?? [];
  const total = count + joining.size - leaving.size;
  return (
    <Stack gap="sm" maw={560}>
      <SearchBox label="People" value={search} onChange={setSearch} />
      <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0, role: "group", "aria-label": "People" }}>
        <Stack gap="xs" p={4}>
          {inside.map((a) => (
            <Checkbox key={a.id} label={a.name} checked={!leaving.has(a.id)} onChange={() => setLeaving(toggled(leaving, a))} />
          ))}
          {outside.map((a) => (
            <Checkbox
              key={a.id}
              label={a.name}
              description={a.email}
              checked={joining.has(a.id)}
              onChange={() => setJoining(toggled(joining, a))}
            />
          ))}
          {inside.length + outside.length === 0 && <Text size="sm">Nobody matches “{search}”.</Text>}
          {(members.data.next ?? others.data.next) && (
            <Text size="sm" c="dimmed">
              There are more: search for a name or an e-mail address.
            </Text>
          )}
        </Stack>
      </ScrollArea.Autosize>
      {failed.length > 0 && (
        <Alert color="yellow" role="alert" title={`${failed.length} could not be changed`}>
          {failed.map((o) => `${o.name}: ${o.error ?? ""}`).join(" ")}
        </Alert>
      )}
      <Group gap="sm">
        <Button variant="default" disabled={joining.size + leaving.size === 0} loading={save.isPending} onClick={() => save.mutate()}>
          Save members
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {total === 0
            ? "Nobody is in this queue: its conversations go to the fallback queue."
            : `${total} ${total === 1 ? "member" : "members"}`}
        </Text>
      </Group>
    </Stack>
  );
}

function toggled(before: ReadonlyMap<string, Person>, { id, name }: Person): ReadonlyMap<string, Person> {
  const next = new Map(before);
  if (!next.delete(id)) next.set(id, { id, name });
  return next;
}
