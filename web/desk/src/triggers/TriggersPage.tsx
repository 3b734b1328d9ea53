import "../campaigns/campaigns.css";
import "./triggers.css";

import { Button, Group, Modal, Table, Text, Title } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import { Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { useConfigurations } from "../campaigns/useCampaigns";
import { useMe } from "../session/session";
import { ScrollTable } from "../ui/ScrollTable";
import { EmptyState, LoadError, NoAccess, SkeletonRows } from "../ui/States";
import { formatShort } from "../ui/time";
import { EnabledBadge } from "./EnabledBadge";
import { scheduleText } from "./labels";
import { TriggerForm } from "./TriggerForm";
import { TriggerPage } from "./TriggerPage";
import { createTrigger, storeTrigger, useTriggers, type Trigger } from "./useTriggers";

/** TriggersPage shows the list of triggers, or one trigger. */
export function TriggersPage() {
  const { id } = useParams({ strict: false });
  if (!useMe().permissions.includes("settings:read")) return <NoAccess to="Triggers" />;
  return (
    <div className="page">
      {id ? <TriggerPage key={id} id={id} /> : <TriggerList />}
      <Outlet />
    </div>
  );
}

function TriggerList() {
  const go = useNavigate();
  const list = useTriggers();
  const administers = useMe().role === "administrator";
  const [creating, setCreating] = useState(false);
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={1} size="h3">
          Triggers
        </Title>
        {administers && <Button onClick={() => setCreating(true)}>New trigger</Button>}
      </Group>
      {list.isPending && <SkeletonRows n={5} h={44} />}
      {list.isError && <LoadError what="Could not load triggers" error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && <NoTriggers write={administers ? () => setCreating(true) : undefined} />}
      {list.data && list.data.length > 0 && <TriggerTable list={list.data} />}
      {list.hasNextPage && (
        <Button variant="default" mt="sm" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
          Load more
        </Button>
      )}
      <Modal
        opened={creating}
        onClose={() => setCreating(false)}
        title="New trigger"
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <TriggerForm
          title="New trigger"
          save={createTrigger}
          saved={(t) => {
            storeTrigger(t);
            void go({ to: "/triggers/$id", params: { id: t.id } });
          }}
          cancel={() => setCreating(false)}
        />
      </Modal>
    </>
  );
}

function NoTriggers({ write }: { write: (() => void) | undefined }) {
  return (
    <EmptyState
      icon={<IconBolt size={36} stroke={1.4} aria-hidden />}
      title="No triggers yet"
      action={write && <Button onClick={write}>Create a trigger</Button>}
    >
      A trigger sends a template automatically: when another system reports an event, or on a schedule.
      {!write && " Ask an administrator to create one."}
    </EmptyState>
  );
}

function TriggerTable({ list }: { list: Trigger[] }) {
  const configurations = useConfigurations().data;
  return (
    <ScrollTable label="Triggers" minWidth={480}>
      <Table verticalSpacing="sm" highlightOnHover aria-label="Triggers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th>Message</Table.Th>
            <Table.Th ta="end">Updated</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((t) => (
            <Table.Tr key={t.id}>
              <Table.Td maw={280} miw={140}>
                <Link to="/triggers/$id" params={{ id: t.id }} className="name">
                  {t.name}
                </Link>
              </Table.Td>
              <Table.Td>
                <EnabledBadge t={t} />
              </Table.Td>
              <Table.Td maw={260} miw={120} className="anywhere">
                {scheduleText(t)}
              </Table.Td>
              <Table.Td maw={240} miw={120} className="anywhere">
                {configurations?.find((c) => c.id === t.configuration_id)?.name ?? "…"}
              </Table.Td>
              <Table.Td ta="end">
                <Text span size="sm" className="nowrap">
                  {formatShort(t.updated_at)}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}
