import { Alert, Button, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { answer, api, errorMessage } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { useMe } from "../../session/session";
import { refresh, useQueues, type Queue } from "../lists";

type Schemas = components["schemas"];

/** start makes what a conversation needs to reach somebody: a queue with me in it, and a workstream that leads there. */
async function start(queues: Queue[], me: string | undefined): Promise<void> {
  const queue = queues[0] ?? (await answer(api.POST("/v1/queues", { body: { name: "Support" } as Schemas["NewQueue"] })));
  if (me && queue.members === 0)
    await answer(api.PUT("/v1/queues/{id}/members/{agent_id}", { params: { path: { id: queue.id, agent_id: me } } }));
  const body = { name: queue.name, mode: "push", queue_id: queue.id, fallback_queue_id: queue.id };
  await answer(api.POST("/v1/workstreams", { body: body as Schemas["WorkstreamInput"] }));
  await Promise.all([refresh("queues"), refresh("workstreams")]);
}

/** StarterWorkstream makes the first workstream with one click. */
export function StarterWorkstream() {
  const me = useMe().agent?.id;
  const queues = useQueues();
  const starting = useMutation({ mutationFn: () => start(queues.data ?? [], me) });
  const name = queues.data?.[0]?.name ?? "Support";
  return (
    <Stack gap="sm" align="flex-start" maw={560} my="md">
      <Text size="sm">
        Conversations need a queue (the people who answer) and a workstream (the rules by which they get there). This makes both, named “
        {name}”. You can rename and refine them later.
      </Text>
      {starting.isError && (
        <Alert color="red" role="alert">
          {errorMessage(starting.error)}
        </Alert>
      )}
      <Button loading={starting.isPending} disabled={!queues.data} onClick={() => starting.mutate()}>
        Create queue and workstream
      </Button>
    </Stack>
  );
}
