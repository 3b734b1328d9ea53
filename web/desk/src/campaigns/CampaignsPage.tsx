import "./campaigns.css";

import { Button, Group, Modal, Table, Text, Title } from "@mantine/core";
import { IconSpeakerphone } from "@tabler/icons-react";
import { Link, Outlet, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { queryKeys, queryClient } from "../live/store";
import { useMe } from "../session/session";
import { ScrollTable } from "../ui/ScrollTable";
import { EmptyState, LoadError, NoAccess, SkeletonRows } from "../ui/States";
import { formatShort } from "../ui/time";
import { CampaignForm } from "./CampaignForm";
import { CampaignPage } from "./CampaignPage";
import { formatCount } from "./labels";
import { OutboundConfigurations } from "./OutboundConfigurations";
import { StateBadge } from "./StateBadge";
import type { Campaign } from "./types";
import { createCampaign, useCampaigns } from "./useCampaigns";

/** CampaignsPage shows the list of campaigns, or one campaign. */
export function CampaignsPage() {
  const { id } = useParams({ strict: false });
  if (!useMe().permissions.includes("campaigns:read")) return <NoAccess to="Campaigns" />;
  return (
    <div className="page">
      {id ? <CampaignPage key={id} id={id} /> : <CampaignList />}
      <Outlet />
    </div>
  );
}

function CampaignList() {
  const go = useNavigate();
  const list = useCampaigns();
  const writes = useMe().permissions.includes("campaigns:write");
  const [creating, setCreating] = useState(false);
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={1} size="h3">
          Campaigns
        </Title>
        {writes && <Button onClick={() => setCreating(true)}>New campaign</Button>}
      </Group>
      {list.isPending && <SkeletonRows n={5} h={44} />}
      {list.isError && <LoadError what="Could not load campaigns" error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <EmptyState
          icon={<IconSpeakerphone size={36} stroke={1.4} aria-hidden />}
          title="No campaigns yet"
          action={writes && <Button onClick={() => setCreating(true)}>Create a campaign</Button>}
        >
          Send a template to many customers at once and follow the results.
        </EmptyState>
      )}
      {list.data && list.data.length > 0 && <CampaignTable list={list.data} />}
      {list.hasNextPage && (
        <Button variant="default" mt="sm" onClick={() => void list.fetchNextPage()} loading={list.isFetchingNextPage}>
          Load more
        </Button>
      )}
      <OutboundConfigurations />
      <Modal
        opened={creating}
        onClose={() => setCreating(false)}
        title="New campaign"
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <CampaignForm
          title="New campaign"
          save={createCampaign}
          saved={(c) => {
            void queryClient.invalidateQueries({ queryKey: queryKeys.campaigns });
            void go({ to: "/campaigns/$id", params: { id: c.id } });
          }}
          cancel={() => setCreating(false)}
        />
      </Modal>
    </>
  );
}

function CampaignTable({ list }: { list: Campaign[] }) {
  return (
    <ScrollTable label="Campaigns" minWidth={480}>
      <Table verticalSpacing="sm" highlightOnHover aria-label="Campaigns">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Status</Table.Th>
            <Table.Th ta="end">Recipients</Table.Th>
            <Table.Th ta="end">Sent</Table.Th>
            <Table.Th ta="end">Replied</Table.Th>
            <Table.Th ta="end">Created</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((c) => (
            <Table.Tr key={c.id}>
              <Table.Td maw={320} miw={140}>
                <Link to="/campaigns/$id" params={{ id: c.id }} className="name">
                  {c.name}
                </Link>
              </Table.Td>
              <Table.Td>
                <StateBadge c={c} />
              </Table.Td>
              <Table.Td ta="end">{formatCount(c.total)}</Table.Td>
              <Table.Td ta="end">{formatCount(c.progress.sent)}</Table.Td>
              <Table.Td ta="end">{formatCount(c.progress.replied)}</Table.Td>
              <Table.Td ta="end">
                <Text span size="sm" className="nowrap">
                  {formatShort(c.created_at)}
                </Text>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}
