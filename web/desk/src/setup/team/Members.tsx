import { Alert, Button, Checkbox, Group, ScrollArea, Stack, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { LoadError, SkeletonRows } from "../../ui/States";
import { refresh, useAgents, type Agent } from "../lists";
import { inBulk } from "./bulk";
import { addMember, membersKey, readMembers, removeMember } from "./calls";

/** Members chooses who answers a queue. */
export function Members({ queue }: { queue: string }) {
  const members = useQuery({ queryKey: membersKey(queue), staleTime: 0, queryFn: () => readMembers(queue) });
  const agents = useAgents();
  if (members.isError || agents.isError)
    return <LoadError what="Could not load the members" error={members.error ?? agents.error} retry={() => void members.refetch()} />;
  if (!members.data || !agents.data) return <SkeletonRows n={3} h={28} />;
  const inside = new Set(members.data.map((m) => m.agent_id));
  return <MemberChoice key={[...inside].sort().join()} queue={queue} inside={inside} agents={agents.data} />;
}

const shownAtOnce = 200;

function MemberChoice({ queue, inside, agents }: { queue: string; inside: Set<string>; agents: Agent[] }) {
  const [chosen, setChosen] = useState<string[]>([...inside]);
  const [search, setSearch] = useState("");
  const found = agents.filter(
    (a) => (!a.disabled || inside.has(a.id)) && `${a.name} ${a.email}`.toLowerCase().includes(search.trim().toLowerCase()),
  );
  found.sort((a, b) => Number(inside.has(b.id)) - Number(inside.has(a.id))); // who is in it comes first
  const changed = agents.filter((a) => inside.has(a.id) !== chosen.includes(a.id));
  const save = useMutation({
    mutationFn: () => inBulk(changed, (a) => (chosen.includes(a.id) ? addMember(queue, a.id) : removeMember(queue, a.id))),
    onSuccess: async (outcomes) => {
      if (outcomes.every((o) => !o.error)) await Promise.all([refresh("members", queue), refresh("queues"), refresh("queue", queue)]);
    },
  });
  const failed = save.data?.filter((o) => o.error) ?? [];
  return (
    <Stack gap="sm" maw={560}>
      {agents.length > 8 && (
        <TextInput
          aria-label="Search people"
          placeholder="Search people"
          leftSection={<IconSearch size={16} aria-hidden />}
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
        />
      )}
      <ScrollArea.Autosize mah={320} viewportProps={{ tabIndex: 0, role: "group", "aria-label": "People" }}>
        <Checkbox.Group value={chosen} onChange={setChosen} aria-label="Members of the queue">
          <Stack gap="xs" p={4}>
            {found.slice(0, shownAtOnce).map((a) => (
              <Checkbox key={a.id} value={a.id} label={a.name} description={a.email} />
            ))}
            {found.length > shownAtOnce && (
              <Text size="sm" c="dimmed">
                And {found.length - shownAtOnce} more: search for a name or an e-mail address.
              </Text>
            )}
          </Stack>
        </Checkbox.Group>
      </ScrollArea.Autosize>
      {failed.length > 0 && (
        <Alert color="yellow" role="alert" title={`${failed.length} could not be changed`}>
          {failed.map((o) => `${o.name}: ${o.error ?? ""}`).join(" ")}
        </Alert>
      )}
      <Group gap="sm">
        <Button variant="default" disabled={changed.length === 0} loading={save.isPending} onClick={() => save.mutate()}>
          Save members
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {chosen.length === 0
            ? "Nobody is in this queue: its conversations go to the fallback queue."
            : `${chosen.length} ${chosen.length === 1 ? "member" : "members"}`}
        </Text>
      </Group>
    </Stack>
  );
}
