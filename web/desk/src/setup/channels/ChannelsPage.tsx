import { Button, Text } from "@mantine/core";
import { IconPlugConnected } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { EmptyState } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { useAccounts, useWorkstreams } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { useAccountsHealth } from "./health";
import { HealthSign } from "./HealthSign";
import { guideOf, hasPage } from "./providers";

/** ChannelsPage lists the accounts at providers, with their health. */
export function ChannelsPage() {
  const accounts = useAccounts();
  const workstreams = useWorkstreams().data;
  const health = useAccountsHealth().data;
  const list = { ...accounts, data: accounts.data?.filter((a) => hasPage(a.provider)) };
  const connect = (
    <Button component={Link} to="/setup/channels/new">
      Connect a channel
    </Button>
  );
  return (
    <>
      <PageHead title="Channels" action={connect} operation="listAccounts">
        The accounts through which customers reach you: LINE, WhatsApp, Messenger, SMS. The chat on your own site is under Chat on your
        site.
      </PageHead>
      <ListOf
        label="Channels"
        query={list}
        textOf={(a) => `${a.name} ${guideOf(a.provider).name}`}
        empty={
          <EmptyState icon={<IconPlugConnected size={36} stroke={1.4} aria-hidden />} title="No channels yet" action={connect}>
            Connect LINE, SMS or WhatsApp. It takes a few minutes and the credentials of your account there.
          </EmptyState>
        }
        columns={[
          {
            label: "Name",
            show: (a) => (
              <Link to="/setup/channels/$id" params={{ id: a.id }} className="name">
                {a.name}
              </Link>
            ),
          },
          { label: "Provider", show: (a) => guideOf(a.provider).name },
          { label: "Status", show: (a) => <HealthSign health={health?.get(a.id)} /> },
          { label: "Last message in", show: (a) => <Last at={health?.get(a.id)?.last_inbound_at} /> },
          { label: "Last message out", show: (a) => <Last at={health?.get(a.id)?.last_outbound_at} /> },
          { label: "Workstream", show: (a) => workstreams?.find((w) => w.id === a.workstream_id)?.name ?? "…" },
        ]}
      />
    </>
  );
}

const Last = ({ at }: { at: string | null | undefined }) => <Text size="sm">{at ? formatDateTime(at) : "None yet"}</Text>;
