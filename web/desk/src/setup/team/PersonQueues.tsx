import { Checkbox, Stack, Text } from "@mantine/core";
import { useMutation, useQueries } from "@tanstack/react-query";

import { notifyError } from "../../ui/notify";
import { SkeletonRows } from "../../ui/States";
import { refresh, useQueues } from "../lists";
import { addMember, membersKey, readMembers, removeMember } from "./calls";

/** PersonQueues are the queues that a person answers; each click is saved at once. */
export function PersonQueues({ id }: { id: string }) {
  const queues = useQueues();
  const members = useQueries({
    queries: (queues.data ?? []).map((q) => ({ queryKey: membersKey(q.id), staleTime: 0, queryFn: () => readMembers(q.id) })),
  });
  const change = useMutation({
    mutationFn: ({ queue, join }: { queue: string; join: boolean }) => (join ? addMember(queue, id) : removeMember(queue, id)),
    onSuccess: (_, { queue }) => Promise.all([refresh("members", queue), refresh("queues")]), // pending until what is shown is read again
    onError: (e) => notifyError("Could not change the queues", e),
  });
  if (!queues.data || members.some((m) => m.isPending)) return <SkeletonRows n={2} h={28} />;
  if (queues.data.length === 0) return <Text size="sm">There are no queues yet.</Text>;
  return (
    <Stack gap="xs">
      {queues.data.map((q, i) => (
        <Checkbox
          key={q.id}
          label={q.name}
          checked={
            change.isPending && change.variables.queue === q.id
              ? change.variables.join
              : (members[i]?.data?.some((m) => m.agent_id === id) ?? false)
          }
          disabled={change.isPending && change.variables.queue === q.id}
          onChange={(e) => change.mutate({ queue: q.id, join: e.currentTarget.checked })}
        />
      ))}
      <Text size="sm" c="dimmed" role="status">
        {change.isSuccess && "Saved."}
      </Text>
    </Stack>
  );
}
