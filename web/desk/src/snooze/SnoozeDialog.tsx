import { Button, Group, Modal, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { newID } from "../../../shared/uuid";
import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import { storeConversations } from "../live/store";
import { notify, notifyError } from "../ui/notify";
import { formatDateTime } from "../ui/time";
import { localInput, quickTimes } from "./times";

async function snooze(id: string, until: Date): Promise<void> {
  const params = { path: { id }, header: { "Idempotency-Key": newID() } };
  storeConversations(await answer(api.POST("/v1/conversations/{id}/snooze", { params, body: { until: until.toISOString() } })));
}

/** SnoozeDialog asks until when a conversation is parked. */
export function SnoozeDialog({ c, close, done }: { c: Conversation; close: () => void; done: () => void }) {
  const [opened] = useState(() => new Date());
  const [own, setOwn] = useState("");
  const run = useMutation({
    mutationFn: (until: Date) => snooze(c.id, until),
    onSuccess: (_, until) => {
      notify(`Snoozed until ${formatDateTime(until.toISOString())}`);
      close();
      if (c.state === "active") done();
    },
    onError: (e) => notifyError("Could not snooze the conversation", e),
  });
  const chosen = own === "" ? null : new Date(own);
  const wrong = chosen && chosen <= new Date() ? "Choose a time in the future." : undefined;
  return (
    <Modal opened onClose={close} title="Snooze" closeButtonProps={{ "aria-label": "Close" }}>
      <Stack gap="sm">
        <Text size="sm" c="dimmed">
          The conversation comes back to you at that time, or as soon as the customer writes.
        </Text>
        <div role="list" aria-label="Snooze until" className="transfer-targets">
          {quickTimes(opened).map(({ label, at }) => (
            <div role="listitem" key={label}>
              <UnstyledButton className="before" onClick={() => run.mutate(at)} disabled={run.isPending}>
                <span className="grow">{label}</span>
                <Text span size="xs" c="dimmed" className="nowrap">
                  {formatDateTime(at.toISOString())}
                </Text>
              </UnstyledButton>
            </div>
          ))}
        </div>
        <form
          onSubmit={(e) => {
            e.preventDefault();
            if (chosen && !wrong) run.mutate(chosen);
          }}
        >
          <Group align="flex-end" gap="xs" wrap="nowrap">
            <TextInput
              className="grow"
              type="datetime-local"
              label="Other time"
              min={localInput(opened)}
              value={own}
              error={wrong}
              onChange={(e) => setOwn(e.currentTarget.value)}
            />
            <Button type="submit" disabled={!chosen || wrong !== undefined} loading={run.isPending}>
              Snooze
            </Button>
          </Group>
        </form>
      </Stack>
    </Modal>
  );
}
