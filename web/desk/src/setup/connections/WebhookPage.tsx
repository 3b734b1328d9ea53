import { Alert, Button, Group, Modal, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { errorMessage } from "../../api/client";
import { queryClient } from "../../live/store";
import { SkeletonRows } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { key, refresh, useWorkstreams } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { ifMatch, type Versioned } from "../versioned";
import { Deliveries } from "./Deliveries";
import { NewWebhook, back, webhookFields } from "./NewWebhook";
import { ShownSecret } from "./ShownSecret";
import { HealthFacts } from "./WebhookHealth";
import {
  changeWebhook,
  deleteWebhook,
  outcome,
  readWebhook,
  rotateSecret,
  testWebhook,
  useWebhookHealth,
  waitingText,
  type Webhook,
} from "./webhooks";

/** WebhookPage adds a webhook, or shows one: how it does, its settings and its deliveries. */
export function WebhookPage() {
  const { id = "" } = useParams({ strict: false });
  const workstreams = useWorkstreams().data;
  if (!workstreams) return <SkeletonRows n={5} h={44} />;
  if (id === "new") return <NewWebhook workstreams={workstreams} />;
  return (
    <Loaded what="the webhook" queryKey={key("webhook", id)} read={() => readWebhook(id)}>
      {(loaded) => (
        <Stack gap="xl">
          <Head webhook={loaded.value} />
          <State loaded={loaded} />
          <section aria-label="Settings">
            <Title order={2} size="h5" mb="xs">
              Settings
            </Title>
            <EditForm
              label="Webhook settings"
              fields={webhookFields(workstreams)}
              queryKey={key("webhook", id)}
              list={key("webhooks")}
              loaded={loaded}
              read={() => readWebhook(id)}
              change={(body, headers) => changeWebhook(id, body, headers)}
            />
          </section>
          <Secret webhook={loaded.value} />
          <Deliveries webhook={loaded.value} />
        </Stack>
      )}
    </Loaded>
  );
}

function Head({ webhook }: { webhook: Webhook }) {
  const go = useNavigate();
  const pending = useWebhookHealth(webhook.id).data?.pending ?? 0;
  return (
    <PageHead
      title={webhook.name}
      back={back}
      operation="changeWebhook"
      action={
        <DeleteButton
          what="webhook"
          name={webhook.name}
          uses={[...(pending > 0 ? [`${waitingText(pending)} to be delivered and will be lost.`] : []), "Its deliveries are deleted, too."]}
          alternative="To stop it for a while, pause it instead."
          remove={() => deleteWebhook(webhook.id)}
          done={() => void go({ to: "/setup/webhooks" })}
        />
      }
    />
  );
}

/** State says how the webhook does, tests it, and pauses or resumes it. */
function State({ loaded }: { loaded: Versioned<Webhook> }) {
  const { value: webhook } = loaded;
  const test = useMutation({ mutationFn: () => testWebhook(webhook.id) });
  return (
    <section aria-label="Status">
      <Title order={2} size="h5" mb="xs">
        Status
      </Title>
      <Stack gap="sm" align="flex-start">
        <HealthFacts webhook={webhook} />
        <Group gap="sm">
          <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
            Send a test event
          </Button>
          <PauseButton loaded={loaded} />
        </Group>
        <div role="status">
          {test.data?.ok && (
            <Group gap={6} className="sign-done" wrap="nowrap">
              <IconCircleCheck size={18} aria-hidden />
              <Text size="sm">Your system answered HTTP {test.data.status}.</Text>
            </Group>
          )}
          {test.data && !test.data.ok && (
            <Alert color="red" title="The test event was not taken">
              {outcome(test.data.status, test.data.code)}. Your system must answer with a status from 200 to 299.
            </Alert>
          )}
          {test.isError && (
            <Alert color="red" title="Could not send the test event">
              {errorMessage(test.error)}
            </Alert>
          )}
        </div>
      </Stack>
    </section>
  );
}

function PauseButton({ loaded: { value: webhook, etag } }: { loaded: Versioned<Webhook> }) {
  const [asking, setAsking] = useState(false);
  const pending = useWebhookHealth(webhook.id).data?.pending ?? 0;
  const change = useMutation({
    mutationFn: () => changeWebhook(webhook.id, { enabled: !webhook.enabled }, ifMatch(etag)),
    onSuccess: (got) => {
      setAsking(false);
      queryClient.setQueryData(key("webhook", webhook.id), got);
      void Promise.all([refresh("webhooks"), refresh("webhook-health", webhook.id), refresh("deliveries", webhook.id)]);
    },
    onError: () => void refresh("webhook", webhook.id),
  });
  const failure = change.isError && (
    <Alert color="red" role="alert" title="Could not save">
      {errorMessage(change.error)}
    </Alert>
  );
  if (!webhook.enabled)
    return (
      <>
        <Button loading={change.isPending} onClick={() => change.mutate()}>
          Resume
        </Button>
        {failure}
      </>
    );
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)}>
        Pause…
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Pause “${webhook.name}”?`}>
        <Stack gap="sm">
          {failure}
          <Text size="sm">
            Nothing is sent until you resume it, and what happens meanwhile is not sent later.
            {pending > 0 && ` ${waitingText(pending)} and will be given up; failed deliveries can be sent again for seven days.`}
          </Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              Keep it running
            </Button>
            <Button color="red" loading={change.isPending} onClick={() => change.mutate()}>
              Pause webhook
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}

/** Secret gives the webhook a new secret, which is shown once. */
function Secret({ webhook }: { webhook: Webhook }) {
  const [open, setOpen] = useState(false);
  const rotate = useMutation({ mutationFn: () => rotateSecret(webhook.id) });
  const close = () => {
    setOpen(false);
    rotate.reset();
  };
  return (
    <section aria-label="Secret">
      <Title order={2} size="h5" mb="xs">
        Secret
      </Title>
      <Stack gap="sm" align="flex-start">
        <Text size="sm">
          Every event is signed with it, so that your system can check that it comes from here. It was shown when the webhook was added.
          {webhook.old_secret_until && ` The one before signs too, until ${formatDateTime(webhook.old_secret_until)}.`}
        </Text>
        <Button variant="default" onClick={() => setOpen(true)}>
          New secret…
        </Button>
      </Stack>
      <Modal opened={open} onClose={close} title="New secret" size="lg">
        <Stack gap="sm">
          {rotate.isError && (
            <Alert color="red" role="alert" title="Could not make a new secret">
              {errorMessage(rotate.error)}
            </Alert>
          )}
          {rotate.data ? (
            <ShownSecret secret={rotate.data.secret} />
          ) : (
            <Text size="sm">For 24 hours events are signed with both, so that you have time to enter the new one in your system.</Text>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {rotate.data ? "Done" : "Cancel"}
            </Button>
            {!rotate.data && (
              <Button loading={rotate.isPending} onClick={() => rotate.mutate()}>
                Make a new secret
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </section>
  );
}
