import { Button, Group, Text, TextInput } from "@mantine/core";
import { useEffect, useRef, useState } from "react";

import { newID } from "../../../shared/uuid";
import type { Conversation } from "../api/types";
import { useMe } from "../session/session";
import { formatTime } from "../ui/time";
import { type Participant, useConsultMessages, useSay, useStep } from "./calls";
import "./consult.css";

/** ConsultPane shows who is consulted about a conversation, with a private talk with each. */
export function ConsultPane({ c, mine }: { c: Conversation; mine: boolean }) {
  const me = useMe().agent?.id;
  const shown = c.participants.filter((p) => p.role === "consultant" && (mine || p.agent_id === me));
  return shown.map((p) => <Consultation key={p.id} c={c} p={p} mine={mine} />);
}

const stages: Record<Participant["stage"], string> = {
  asked: "Asked, no answer yet",
  aside: "Consulting in private",
  joined: "Writes to the customer, too",
};

function Consultation({ c, p, mine }: { c: Conversation; p: Participant; mine: boolean }) {
  const step = useStep(c.id, p.id);
  const title = mine ? p.agent_name : `${c.agent?.name ?? "A colleague"} asked you`;
  return (
    <section className="consult" aria-label={`Consultation with ${mine ? p.agent_name : (c.agent?.name ?? "a colleague")}`}>
      <Group gap="xs" justify="space-between" wrap="nowrap">
        <Text size="sm" className="truncate grow">
          <b>{title}</b> · {stages[p.stage]}
        </Text>
        <Group gap={6} wrap="nowrap">
          {mine && p.stage === "aside" && (
            <Button size="compact-xs" onClick={() => step.mutate("bring-in")} disabled={step.isPending}>
              Bring in
            </Button>
          )}
          {mine && (
            <Button size="compact-xs" variant="default" onClick={() => step.mutate("remove")} disabled={step.isPending}>
              {p.stage === "asked" ? "Cancel" : "Remove"}
            </Button>
          )}
          {!mine && p.stage !== "asked" && (
            <Button size="compact-xs" variant="default" onClick={() => step.mutate("leave")} disabled={step.isPending}>
              Leave
            </Button>
          )}
        </Group>
      </Group>
      {(mine || p.stage !== "asked") && <Talk id={c.id} participant={p.id} />}
    </section>
  );
}

function Talk({ id, participant }: { id: string; participant: string }) {
  const me = useMe().agent?.id;
  const messages = useConsultMessages(id, participant).data ?? [];
  const [text, setText] = useState("");
  const [key, setKey] = useState(newID);
  const say = useSay(id, participant, () => {
    setText("");
    setKey(newID());
  });
  const box = useRef<HTMLDivElement>(null);
  const last = messages.at(-1)?.id;
  useEffect(() => box.current?.scrollTo({ top: box.current.scrollHeight }), [last]);
  return (
    <>
      {messages.length > 0 && (
        <div ref={box} className="consult-talk" role="log" aria-label="Private messages" tabIndex={0}>
          {messages.map((m) => (
            <Text key={m.id} size="sm" className="clamp">
              <b>{m.agent.id === me ? "You" : m.agent.name}</b>{" "}
              <Text span size="xs" c="dimmed">
                {formatTime(m.created_at)}
              </Text>
              <br />
              <span dir="auto">{m.text}</span>
            </Text>
          ))}
        </div>
      )}
      <form
        onSubmit={(e) => {
          e.preventDefault();
          if (text.trim() && !say.isPending) say.mutate({ text: text.trim(), key });
        }}
      >
        <TextInput
          size="xs"
          aria-label="Private message"
          placeholder="Private message. The customer will not see it."
          value={text}
          onChange={(e) => setText(e.currentTarget.value)}
          maxLength={5000}
        />
      </form>
    </>
  );
}
