import { Anchor, Button, Group, NativeSelect, Paper, Table, Text, Title } from "@mantine/core";
import { keepPreviousData, useInfiniteQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { answer, api } from "../api/client";
import { ScrollTable } from "../ui/ScrollTable";
import { LoadError, SkeletonRows } from "../ui/States";
import { formatShort } from "../ui/time";
import { statusLabel, reasonText, variantLabel } from "./labels";
import type { Campaign, Recipient, RecipientStatus } from "./types";

const statuses: RecipientStatus[] = ["pending", "sending", "sent", "delivered", "read", "refused", "failed", "unknown"];

/** DeliveryLog lists the recipients with their status. */
export function DeliveryLog({ c }: { c: Campaign }) {
  const [status, setStatus] = useState<RecipientStatus | "">("");
  const recipients = useInfiniteQuery({
    queryKey: ["ledger", c.id, status],
    placeholderData: keepPreviousData,
    initialPageParam: undefined as string | undefined,
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/campaigns/{id}/recipients", {
          params: { path: { id: c.id }, query: { limit: 50, ...(status && { status }), ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (page) => page.next ?? undefined,
    select: (data) => data.pages.flatMap((p) => p.items),
  });
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" mb="xs">
        <Title order={2} size="h5">
          Delivery log
        </Title>
        <Group gap="sm">
          <NativeSelect
            aria-label="Filter by status"
            size="xs"
            value={status}
            onChange={(e) => setStatus(e.currentTarget.value as RecipientStatus | "")}
            data={[{ value: "", label: "All" }, ...statuses.map((s) => ({ value: s, label: statusLabel(s) }))]}
          />
          <Anchor href={`/v1/campaigns/${c.id}/export`} download size="sm" underline="always">
            Download as CSV
          </Anchor>
        </Group>
      </Group>
      {recipients.isPending && <SkeletonRows n={3} h={32} />}
      {recipients.isError && (
        <LoadError what="Could not load the delivery log" error={recipients.error} retry={() => void recipients.refetch()} />
      )}
      {recipients.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          No recipients with this status.
        </Text>
      )}
      {recipients.data && recipients.data.length > 0 && <RecipientTable list={recipients.data} variants={c.variant_template_id !== null} />}
      {recipients.hasNextPage && (
        <Button variant="default" size="xs" mt="sm" onClick={() => void recipients.fetchNextPage()} loading={recipients.isFetchingNextPage}>
          Load more
        </Button>
      )}
    </Paper>
  );
}

function RecipientTable({ list, variants }: { list: Recipient[]; variants: boolean }) {
  return (
    <ScrollTable label="Delivery log" minWidth={420}>
      <Table aria-label="Delivery log">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Recipient</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>Reason</Table.Th>
            <Table.Th ta="end">Time</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((r) => (
            <Table.Tr key={r.seq}>
              <Table.Td className="anywhere">
                {r.to}
                {variants && (
                  <Text span size="xs" c="dimmed">
                    {" "}
                    {variantLabel(r.variant)}
                  </Text>
                )}
              </Table.Td>
              <Table.Td>
                {statusLabel(r.status)}
                {r.replied_at && " · "}
                {r.replied_at && <Reply to={r.conversation_id} />}
                {r.opted_out_at && " · opted out"}
              </Table.Td>
              <Table.Td>{r.code && reasonText(r.code)}</Table.Td>
              <Table.Td ta="end" className="nowrap">
                {r.status_at ? formatShort(r.status_at) : ""}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

/** Reply links to the recipient's reply. */
function Reply({ to }: { to: string | null }) {
  if (!to) return "replied";
  return (
    <Link to="/c/$id" params={{ id: to }} className="answered">
      replied
    </Link>
  );
}
