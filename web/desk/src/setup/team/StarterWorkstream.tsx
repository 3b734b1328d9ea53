import { Alert, Button, Checkbox, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api, errorMessage } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { useMe } from "../../session/session";
import { refresh, useQueues, type Queue } from "../lists";

type Schemas = components["schemas"];

/** start makes what a conversation needs to reach somebody: a queue, with member in it, and a workstream that leads there. */
async function start(queues: Queue[], member: string | undefined): Promise<void> {
  const queue = queues[0] ?? (await answer(api.POST("/v1/queues", { body: { name: "Support" } as Schemas["NewQueue"] })));
  if (member) await answer(api.PUT("/v1/queues/{id}/members/{agent_id}", { params: { path: { id: queue.id, agent_id: member } } }));
  const body = { name: queue.name, mode: "push", queue_id: queue.id, fallback_queue_id: queue.id };
  await answer(api.POST("/v1/workstreams", { body: body as Schemas["WorkstreamInput"] }));
  await Promise.all([refresh("queues"), refresh("workstreams")]);
}

/** StarterWorkstream makes the first workstream with one click. Who only sets things up is not offered conversations. */
export function StarterWorkstream() {
  const me = useMe().agent?.id;
  const queues = useQueues();
  const [addMe, setAddMe] = useState(false);
  const starting = useMutation({ mutationFn: () => start(queues.data ?? [], addMe ? me : undefined) });
  const name = queues.data?.[0]?.name ?? "Support";
  return (
    <Stack gap="sm" align="flex-start" maw={560} my="md">
      <Text size="sm">
        Conversations need a queue (the people who answer) and a workstream (the rules by which they get there). This makes both, named “
        {name}”. You can rename and refine them later.
      </Text>
      <Checkbox
        label="Add me to the queue"
        description="Only if you answer customers yourself. Add your team under People or Queues."
        checked={addMe}
        onChange={(e) => setAddMe(e.currentTarget.checked)}
      />
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
