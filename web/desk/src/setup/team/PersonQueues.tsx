import { Checkbox, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { notifyError } from "../../ui/notify";
import { SkeletonRows } from "../../ui/States";
import { SearchBox } from "../ListOf";
import { refresh, useQueues } from "../lists";
import { addMember, removeMember } from "./calls";
import { useQueuesOf } from "./people";

const searchFrom = 20; // queues
const shownAtOnce = 200;

/** PersonQueues are the queues that a person answers; each click is saved at once. */
export function PersonQueues({ id }: { id: string }) {
  const queues = useQueues();
  const theirs = useQueuesOf(id);
  const [search, setSearch] = useState("");
  const change = useMutation({
    mutationFn: ({ queue, join }: { queue: string; join: boolean }) => (join ? addMember(queue, id) : removeMember(queue, id)),
    onSuccess: () => Promise.all([refresh("agent-queues", id), refresh("members"), refresh("queues")]), // pending until it is read again
    onError: (e) => notifyError("Could not change the queues", e),
  });
  if (!queues.data || !theirs.data) return <SkeletonRows n={2} h={28} />;
  if (queues.data.length === 0) return <Text size="sm">There are no queues yet.</Text>;
  const inside = new Set(theirs.data.map((q) => q.id));
  const found = queues.data.filter((q) => q.name.toLowerCase().includes(search.trim().toLowerCase()));
  const shown = found.length > shownAtOnce ? [...found].sort((a, b) => Number(inside.has(b.id)) - Number(inside.has(a.id))) : found;
  return (
    <Stack gap="xs">
      {queues.data.length > searchFrom && <SearchBox label="Queues" value={search} onChange={setSearch} />}
      {shown.slice(0, shownAtOnce).map((q) => (
        <Checkbox
          key={q.id}
          label={q.name}
          checked={change.isPending && change.variables.queue === q.id ? change.variables.join : inside.has(q.id)}
          disabled={change.isPending && change.variables.queue === q.id}
          onChange={(e) => change.mutate({ queue: q.id, join: e.currentTarget.checked })}
        />
      ))}
      {found.length > shownAtOnce && (
        <Text size="sm" c="dimmed">
          And {found.length - shownAtOnce} more: search for a name.
        </Text>
      )}
      <Text size="sm" c="dimmed" role="status">
        {change.isSuccess && "Saved."}
      </Text>
    </Stack>
  );
}
