import { Alert, Anchor, Button, Group, Modal, Stack, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";

import { useMe } from "../session/session";
import { notifyError } from "../ui/notify";
import { LoadError, SkeletonRows } from "../ui/States";
import { DryRun } from "./DryRun";
import { EnabledBadge } from "./EnabledBadge";
import { changesOf, type FormValues } from "./formValues";
import { RuleSummary } from "./RuleSummary";
import { TriggerForm } from "./TriggerForm";
import { changeTrigger, deleteTrigger, storeTrigger, useTrigger, type Trigger } from "./useTriggers";

/** TriggerPage shows one trigger: its rule, a dry run and its actions. */
export function TriggerPage({ id }: { id: string }) {
  const trigger = useTrigger(id);
  const administers = useMe().role === "administrator";
  const t = trigger.data;
  if (!t)
    return (
      <Stack gap="md">
        <BackLink />
        <Title order={1} size="h3">
          Trigger
        </Title>
        {trigger.isError ? (
          <LoadError what="Could not load the trigger" error={trigger.error} retry={() => void trigger.refetch()} />
        ) : (
          <SkeletonRows n={4} h={44} />
        )}
      </Stack>
    );
  return (
    <Stack gap="md">
      <BackLink />
      <Group justify="space-between" align="flex-start">
        <Group gap="sm" className="grow head">
          <Title order={1} size="h3" className="clamp">
            {t.name}
          </Title>
          <EnabledBadge t={t} />
        </Group>
        {administers && <TriggerActions t={t} />}
      </Group>
      {!t.enabled && <Alert color="yellow">This trigger is disabled and sends nothing. A dry run still shows what it would send.</Alert>}
      <RuleSummary t={t} />
      <DryRun t={t} />
    </Stack>
  );
}

function BackLink() {
  return (
    <Anchor component={Link} to="/triggers" size="sm" underline="always">
      All triggers
    </Anchor>
  );
}

/** change saves the fields that differ, and asks nothing if none does. */
function change(t: Trigger, entry: FormValues): Promise<Trigger> {
  const changes = changesOf(t, entry);
  return Object.keys(changes).length === 0 ? Promise.resolve(t) : changeTrigger(t.id, changes);
}

/** TriggerActions edit, disable and delete a trigger. */
function TriggerActions({ t }: { t: Trigger }) {
  const [editing, setEditing] = useState(false);
  const toggle = useMutation({
    mutationFn: () => changeTrigger(t.id, { enabled: !t.enabled }),
    onSuccess: storeTrigger,
    onError: (e) => notifyError("Could not update the trigger", e),
  });
  return (
    <Group gap="xs">
      <Button variant="default" loading={toggle.isPending} onClick={() => toggle.mutate()}>
        {t.enabled ? "Disable" : "Enable"}
      </Button>
      <Button variant="default" onClick={() => setEditing(true)}>
        Edit
      </Button>
      <DeleteButton t={t} />
      <Modal opened={editing} onClose={() => setEditing(false)} title="Edit trigger" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        <TriggerForm
          title="Edit trigger"
          of={t}
          save={(_, entry) => change(t, entry)}
          saved={(changed) => {
            setEditing(false);
            storeTrigger(changed);
          }}
          cancel={() => setEditing(false)}
        />
      </Modal>
    </Group>
  );
}

function DeleteButton({ t }: { t: Trigger }) {
  const go = useNavigate();
  const [confirming, setConfirming] = useState(false);
  const remove = useMutation({
    mutationFn: () => deleteTrigger(t.id),
    onSuccess: () => go({ to: "/triggers" }),
    onError: (e) => notifyError("Could not delete the trigger", e),
  });
  if (!confirming)
    return (
      <Button variant="default" onClick={() => setConfirming(true)}>
        Delete…
      </Button>
    );
  return (
    <>
      <Button color="red" loading={remove.isPending} onClick={() => remove.mutate()} autoFocus>
        Delete trigger
      </Button>
      <Button variant="default" onClick={() => setConfirming(false)}>
        Keep trigger
      </Button>
    </>
  );
}
