import { Button, Group, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck, IconClockPause, IconPlugConnected } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { EmptyState } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { useAccounts, useWorkstreams, type Account } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { useTraffic, type Traffic } from "./accounts";
import { guideOf, hasPage } from "./providers";

/** ChannelsPage lists the accounts at providers, with their health. */
export function ChannelsPage() {
  const accounts = useAccounts();
  const workstreams = useWorkstreams().data;
  const traffic = useTraffic().data;
  const list = { ...accounts, data: accounts.data?.filter((a) => hasPage(a.provider)) };
  const connect = (
    <Button component={Link} to="/setup/channels/new">
      Connect a channel
    </Button>
  );
  return (
    <>
      <PageHead title="Channels" action={connect} operation="listAccounts">
        The accounts through which customers reach you: LINE, SMS and WhatsApp. The chat on your own site is under Chat on your site.
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
          { label: "Status", show: (a) => <Health account={a} traffic={traffic} /> },
          { label: "Last message in", show: (a) => <LastIn at={traffic?.last[a.id]} /> },
          { label: "Workstream", show: (a) => workstreams?.find((w) => w.id === a.workstream_id)?.name ?? "…" },
        ]}
      />
    </>
  );
}

const LastIn = ({ at }: { at: string | undefined }) => <Text size="sm">{at ? formatDateTime(at) : "None lately"}</Text>;

/** Health says whether an account sends, and whether something has arrived. */
export function Health({ account, traffic }: { account: Account; traffic: Traffic | undefined }) {
  if (account.paused_code)
    return (
      <Group gap={6} wrap="nowrap" className="sign-late">
        <IconAlertTriangle size={16} aria-hidden />
        <Text size="sm">Sending is paused: {pausedText(account.paused_code)}</Text>
      </Group>
    );
  if (traffic?.last[account.id])
    return (
      <Group gap={6} wrap="nowrap" className="sign-done">
        <IconCircleCheck size={16} aria-hidden />
        <Text size="sm">Working</Text>
      </Group>
    );
  return (
    <Group gap={6} wrap="nowrap" className="sign-open">
      <IconClockPause size={16} aria-hidden />
      <Text size="sm">Ready</Text>
    </Group>
  );
}

// What LINE and Twilio answer when they no longer take the credentials.
const refused = ["http_401", "http_403", "20003"];

/** pausedText says why an account does not send. */
export const pausedText = (code: string): string =>
  refused.includes(code) ? `the provider refuses the credentials (${code})` : `the provider answered “${code}”`;
