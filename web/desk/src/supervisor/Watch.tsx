import { Alert, Button, Drawer, Group, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { newID } from "../../../shared/uuid";
import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import { channelName, customerName, stateName } from "../conversation/labels";
import { storeConversations } from "../live/store";
import { useConversation } from "../live/useConversations";
import { useMe } from "../session/session";
import { Thread } from "../thread/Thread";
import { notifyError } from "../ui/notify";
import { LoadError, SkeletonRows } from "../ui/States";
import type { LiveConversation } from "./useLiveData";

const SteerDialog = lazy(() => import("./SteerDialog").then((m) => ({ default: m.SteerDialog })));

/** Watch shows a conversation beside the list: to read it, monitor it, join it, or give it to somebody else. */
export function Watch({ id, close }: { id: string; close: () => void }) {
  const { c, error, retry } = useConversation(id);
  return (
    <Drawer
      opened
      onClose={close}
      position="right"
      size="lg"
      title={c ? customerName(c) : "Conversation"}
      closeButtonProps={{ "aria-label": "Close conversation" }}
      styles={{ body: { padding: 0 } }}
    >
      {!c && error && <LoadError what="Could not load the conversation" error={error} retry={retry} />}
      {!c && !error && <SkeletonRows n={6} />}
      {c && <Watched c={c} />}
    </Drawer>
  );
}

type Part = "monitor" | "join" | "leave";

function usePart(id: string) {
  return useMutation({
    mutationFn: (what: Part): Promise<Conversation> => {
      const params = { path: { id }, header: { "Idempotency-Key": newID() } };
      switch (what) {
        case "monitor":
          return answer(api.POST("/v1/conversations/{id}/monitor", { params }));
        case "join":
          return answer(api.POST("/v1/conversations/{id}/join", { params }));
        case "leave":
          return answer(api.POST("/v1/conversations/{id}/leave", { params }));
      }
    },
    onSuccess: (c) => storeConversations(c),
    onError: (error) => notifyError("Could not do this with the conversation", error),
  });
}

function Watched({ c }: { c: Conversation }) {
  const me = useMe();
  const part = usePart(c.id);
  const [dialog, setDialog] = useState<"assign" | "move" | "force-close" | null>(null);
  const mine = me.agent !== null && c.agent?.id === me.agent.id;
  const own = c.participants.find((p) => p.agent_id === me.agent?.id);
  const steers = me.permissions.includes("conversations:supervise") && c.state !== "closed";
  const button = (what: Part, label: string) => (
    <Button size="xs" variant="default" loading={part.isPending && part.variables === what} onClick={() => part.mutate(what)}>
      {label}
    </Button>
  );
  const others = c.participants.filter((p) => p.agent_id !== me.agent?.id).map((p) => p.agent_name);
  return (
    <div className="watch">
      <div className="watch-head">
        <Text size="sm" c="dimmed" px="md">
          {channelName(c.channel)} · {c.queue?.name ?? c.workstream.name} · {stateName(c)}
          {c.agent && ` · ${c.agent.name}`}
          {others.length > 0 && ` · with ${others.join(", ")}`}
        </Text>
        <Group gap={6} px="md" py="xs">
          {steers && !mine && !own && button("monitor", "Monitor")}
          {steers && !mine && own?.stage !== "joined" && c.state !== "open" && button("join", "Join")}
          {own && button("leave", "Leave")}
          {steers && (
            <>
              <Button size="xs" variant="default" onClick={() => setDialog("assign")}>
                Assign…
              </Button>
              <Button size="xs" variant="default" onClick={() => setDialog("move")}>
                Move…
              </Button>
              <Button size="xs" variant="default" onClick={() => setDialog("force-close")}>
                Force-close…
              </Button>
            </>
          )}
          <Button size="xs" variant="subtle" component={Link} to={`/c/${c.id}`}>
            Open in inbox
          </Button>
        </Group>
        {own?.stage === "joined" && (
          <Alert py={6} radius={0}>
            You have joined. Open it in the inbox to write to the customer.
          </Alert>
        )}
      </div>
      <Thread c={c} />
      <Suspense>
        {dialog && <SteerDialog what={dialog} list={[listed(c)]} close={() => setDialog(null)} done={() => setDialog(null)} />}
      </Suspense>
    </div>
  );
}

/** listed is a conversation as lists have it. */
const listed = (c: Conversation): LiveConversation => ({
  id: c.id,
  state: c.state === "closed" ? "wrap-up" : c.state,
  channel: c.channel,
  customer_name: customerName(c),
  external_id: c.customer.external_id,
  workstream: c.workstream,
  queue: c.queue,
  agent: c.agent,
  offered_to: c.offer ? { id: c.offer.agent_id, name: c.offer.agent_name } : null,
  priority: c.priority,
  hold: c.hold,
  waiting_since: c.waiting_since,
  unanswered_since: c.unanswered_since,
  accepted_at: c.accepted_at,
  last_activity_at: c.last_activity_at,
  created_at: c.created_at,
  participants: [],
});
