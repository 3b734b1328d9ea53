import { Alert, Button, Group, Modal, NativeSelect, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { errorMessage } from "../../api/client";
import { ScrollTable } from "../../ui/ScrollTable";
import { EmptyState, LoadError, SkeletonRows } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { localOf } from "./localTime";
import {
  kindLabel,
  outcome,
  retryDelivery,
  retryFailed,
  useDeliveries,
  type Delivery,
  type DeliveryStatus,
  type Webhook,
} from "./webhooks";

const statuses = [
  { value: "", label: "All deliveries" },
  { value: "pending", label: "Waiting" },
  { value: "delivered", label: "Delivered" },
  { value: "failed", label: "Failed" },
];

/** Deliveries are what was sent to a webhook and what became of it, without what it says. */
export function Deliveries({ webhook }: { webhook: Webhook }) {
  const [status, setStatus] = useState<DeliveryStatus | "">("");
  const deliveries = useDeliveries(webhook.id, status);
  const list = deliveries.data?.pages.flatMap((p) => p.items);
  return (
    <section aria-label="Deliveries">
      <Title order={2} size="h5" mb="xs">
        Deliveries
      </Title>
      <Stack gap="sm">
        <Text size="sm">Those that are done are kept for seven days.</Text>
        <Group gap="sm" align="flex-end">
          <NativeSelect
            label="Show"
            data={statuses}
            value={status}
            onChange={(e) => setStatus(e.currentTarget.value as DeliveryStatus | "")}
          />
          <Button variant="default" loading={deliveries.isRefetching} onClick={() => void deliveries.refetch()}>
            Refresh
          </Button>
          {webhook.enabled && <RetryFailed id={webhook.id} />}
        </Group>
        {deliveries.isPending && <SkeletonRows n={4} h={44} />}
        {deliveries.isError && !list && (
          <LoadError what="Could not load the deliveries" error={deliveries.error} retry={() => void deliveries.refetch()} />
        )}
        {list?.length === 0 && (
          <EmptyState title={status ? "None of these" : "Nothing sent yet"}>
            {!status && "Deliveries appear here as soon as something happens that this webhook hears of."}
          </EmptyState>
        )}
        {list && list.length > 0 && <DeliveryTable webhook={webhook} list={list} />}
        {deliveries.hasNextPage && (
          <Button
            variant="default"
            className="start"
            loading={deliveries.isFetchingNextPage}
            onClick={() => void deliveries.fetchNextPage()}
          >
            Show older
          </Button>
        )}
      </Stack>
    </section>
  );
}

function DeliveryTable({ webhook, list }: { webhook: Webhook; list: Delivery[] }) {
  return (
    <ScrollTable label="Deliveries" minWidth={760}>
      <Table verticalSpacing="xs" aria-label="Deliveries">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Event</Table.Th>
            <Table.Th>Conversation</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Attempts</Table.Th>
            <Table.Th>Last answer</Table.Th>
            <Table.Th className="setup-th">
              <span className="hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((d) => (
            <Table.Tr key={d.id}>
              <Table.Td>
                <Text size="sm">{kindLabel(d.type)}</Text>
                <Text size="xs" c="dimmed">
                  {formatDateTime(d.created_at)}
                </Text>
              </Table.Td>
              <Table.Td>
                <Link to="/c/$id" params={{ id: d.conversation_id }} className="setup-inline">
                  Open<span className="hidden"> the conversation</span>
                </Link>
              </Table.Td>
              <Table.Td>
                <Text size="sm">{statusText(d)}</Text>
              </Table.Td>
              <Table.Td>{d.attempts}</Table.Td>
              <Table.Td>{outcome(d.last_status, d.last_error) || "None yet"}</Table.Td>
              <Table.Td>{webhook.enabled && <SendAgain webhook={webhook.id} delivery={d} />}</Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

function statusText(d: Delivery): string {
  if (d.delivered_at) return `Delivered ${formatDateTime(d.delivered_at)}`;
  if (d.failed_at) return `Failed ${formatDateTime(d.failed_at)}`;
  if (!d.next_at) return d.attempts > 0 ? "Being sent" : "Waits for its turn";
  return d.attempts > 0 ? `Next try ${formatDateTime(d.next_at)}` : "About to be sent";
}

function SendAgain({ webhook, delivery }: { webhook: string; delivery: Delivery }) {
  const again = useMutation({ mutationFn: () => retryDelivery(webhook, delivery.id) });
  return (
    <>
      <Button
        size="compact-sm"
        variant="default"
        loading={again.isPending}
        onClick={() => again.mutate()}
        aria-label={`${delivery.status === "pending" ? "Send now" : "Send again"}: ${kindLabel(delivery.type)}, ${formatDateTime(delivery.created_at)}`}
      >
        {delivery.status === "pending" ? "Send now" : "Send again"}
      </Button>
      {again.isError && (
        <Text size="xs" role="alert">
          {errorMessage(again.error)}
        </Text>
      )}
    </>
  );
}

const aDay = 24 * 60 * 60 * 1000;

/** RetryFailed sends everything again that failed since a time. */
function RetryFailed({ id }: { id: string }) {
  const [open, setOpen] = useState(false);
  const [since, setSince] = useState("");
  const retry = useMutation({ mutationFn: () => retryFailed(id, new Date(since)) });
  const show = () => {
    setSince(localOf(new Date(Date.now() - aDay)));
    retry.reset();
    setOpen(true);
  };
  return (
    <>
      <Button variant="default" onClick={show}>
        Send failed ones again…
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title="Send failed deliveries again">
        <form
          onSubmit={(e) => {
            e.preventDefault();
            retry.mutate();
          }}
        >
          <Stack gap="sm">
            <Text size="sm">After an outage of your system: everything that failed since then is sent again, in order.</Text>
            <TextInput
              label="Failed since"
              type="datetime-local"
              required
              data-autofocus
              value={since}
              onChange={(e) => setSince(e.currentTarget.value)}
            />
            <div role="status">
              {retry.data && (
                <Text size="sm">
                  {retry.data.deliveries === 0
                    ? "Nothing failed since then."
                    : `${String(retry.data.deliveries)} ${retry.data.deliveries === 1 ? "is" : "are"} being sent again.`}
                  {retry.data.more && " There are more: send again for the rest."}
                </Text>
              )}
            </div>
            {retry.isError && (
              <Alert color="red" role="alert" title="Could not send them again">
                {errorMessage(retry.error)}
              </Alert>
            )}
            <Group justify="flex-end">
              <Button variant="default" onClick={() => setOpen(false)}>
                Close
              </Button>
              <Button type="submit" loading={retry.isPending} disabled={!since}>
                Send again
              </Button>
            </Group>
          </Stack>
        </form>
      </Modal>
    </>
  );
}
