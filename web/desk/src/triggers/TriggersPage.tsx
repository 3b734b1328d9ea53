import "../campaigns/campaigns.css";
import "./triggers.css";

import { Button, Group, Modal, Table, Text, Title } from "@mantine/core";
import { IconBolt } from "@tabler/icons-react";
import { Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { useConfigurations } from "../campaigns/useCampaigns";
import { Wide } from "../ui/ScrollTable";
import { useMe } from "../session/session";
import { Empty, Failed, Rows } from "../ui/States";
import { shortTime } from "../ui/time";
import { EnabledBadge } from "./EnabledBadge";
import { TriggerForm } from "./TriggerForm";
import { TriggerPage } from "./TriggerPage";
import { createTrigger, learnTrigger, useTriggers, type Trigger } from "./useTriggers";
import { whenOf } from "./labels";

/** TriggersPage is the list of triggers, or one of them. */
export function TriggersPage() {
  const { id } = useParams({ strict: false });
  return (
    <div className="page">
      {id ? <TriggerPage key={id} id={id} /> : <All />}
      <Outlet />
    </div>
  );
}

function All() {
  const go = useNavigate();
  const list = useTriggers();
  const administers = useMe().role === "administrator";
  const [writing, setWriting] = useState(false);
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={1} size="h3">
          Triggers
        </Title>
        {administers && <Button onClick={() => setWriting(true)}>New trigger</Button>}
      </Group>
      {list.isPending && <Rows n={5} h={44} />}
      {list.isError && <Failed what="The triggers cannot be read" error={list.error} again={() => void list.refetch()} />}
      {list.data?.length === 0 && <None write={administers ? () => setWriting(true) : undefined} />}
      {list.data && list.data.length > 0 && <Triggers list={list.data} />}
      {list.hasNextPage && (
        <Button variant="default" mt="sm" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
          Later ones
        </Button>
      )}
      <Modal opened={writing} onClose={() => setWriting(false)} title="New trigger" size="lg" closeButtonProps={{ "aria-label": "Close" }}>
        <TriggerForm
          title="New trigger"
          save={createTrigger}
          saved={(t) => {
            learnTrigger(t);
            void go({ to: "/triggers/$id", params: { id: t.id } });
          }}
          cancel={() => setWriting(false)}
        />
      </Modal>
    </>
  );
}

function None({ write }: { write: (() => void) | undefined }) {
  return (
    <Empty
      icon={<IconBolt size={36} stroke={1.4} aria-hidden />}
      title="No triggers yet"
      action={write && <Button onClick={write}>Write the first one</Button>}
    >
      A trigger sends a template by itself: when another system tells that something happened, or at a time.
      {!write && " An administrator adds them."}
    </Empty>
  );
}

function Triggers({ list }: { list: Trigger[] }) {
  const configurations = useConfigurations().data;
  return (
    <Wide label="Triggers" minWidth={480}>
      <Table verticalSpacing="sm" highlightOnHover aria-label="Triggers">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>State</Table.Th>
            <Table.Th>When</Table.Th>
            <Table.Th>What is sent</Table.Th>
            <Table.Th ta="end">Changed</Table.Th>
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
                {whenOf(t)}
              </Table.Td>
              <Table.Td maw={240} miw={120} className="anywhere">
                {configurations?.find((c) => c.id === t.configuration_id)?.name ?? "…"}
              </Table.Td>
              <Table.Td ta="end">
                <Text span size="sm" className="nowrap">
                  {shortTime(t.updated_at)}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Wide>
  );
}
