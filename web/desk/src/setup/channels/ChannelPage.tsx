import { Anchor, List, Stack, Text, Title } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import type { ReactNode } from "react";

import { Copyable } from "../Copyable";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { key, useProviders, useWorkstreams, type Account } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { changeAccount, deleteAccount, readAccount } from "./accounts";
import { Addresses } from "./Addresses";
import { FirstMessage } from "./FirstMessage";
import { useAccountHealth, usesOf } from "./health";
import { HealthFacts } from "./HealthSign";
import { baseURLField, workstreamField } from "./accountFields";
import { accountFields, guideOf } from "./providers";
import { TestConnection } from "./TestConnection";

/** ChannelPage shows one account: how to finish connecting it, its numbers and its settings. */
export function ChannelPage() {
  const { id = "" } = useParams({ strict: false });
  return (
    <Loaded what="the channel" queryKey={key("account", id)} read={() => readAccount(id)}>
      {(loaded) => (
        <>
          <Head account={loaded.value} />
          <Connecting account={loaded.value} />
          <Settings loaded={loaded} />
        </>
      )}
    </Loaded>
  );
}

function Head({ account }: { account: Account }) {
  const go = useNavigate();
  const health = useAccountHealth(account.id).data;
  const uses = [...(health ? usesOf(health) : []), "Nothing comes in or goes out through it any more."];
  return (
    <>
      <PageHead
        title={account.name}
        back={{ to: "/setup/channels", label: "All channels" }}
        operation="getAccount"
        action={
          <DeleteButton
            what="channel"
            name={account.name}
            uses={uses}
            alternative="To change the credentials only, edit them in the settings below."
            remove={() => deleteAccount(account.id)}
            done={() => void go({ to: "/setup/channels" })}
          />
        }
      />
      <HealthFacts id={account.id} />
    </>
  );
}

function Connecting({ account }: { account: Account }) {
  const guide = guideOf(account.provider);
  return (
    <Stack gap={0} mt="md">
      <Step n={1} title="Test the connection">
        <TestConnection account={account} />
      </Step>
      <Step n={2} title={`Tell ${guide.name} where to send messages`}>
        <Stack gap="md">
          {guide.paste.map(({ where, url }) => (
            <Stack key={where} gap={4}>
              <Text size="sm">{where}</Text>
              <Copyable text={url ? url(account.webhook_url) : account.webhook_url} label="the webhook address" />
            </Stack>
          ))}
          {guide.then.length > 0 && (
            <List size="sm">
              {guide.then.map((line) => (
                <List.Item key={line}>{line}</List.Item>
              ))}
            </List>
          )}
          {guide.console.href && (
            <Anchor href={guide.console.href} target="_blank" rel="noreferrer" size="sm" underline="always">
              Open the {guide.console.label}
            </Anchor>
          )}
        </Stack>
      </Step>
      {guide.channels.length > 0 && (
        <Step n={3} title="Your numbers and senders">
          <Addresses account={account} channels={guide.channels} />
        </Step>
      )}
      <Step n={guide.channels.length > 0 ? 4 : 3} title="Receive the first message">
        <FirstMessage of={account.id} how={guide.firstMessage} />
      </Step>
    </Stack>
  );
}

function Step({ n, title, children }: { n: number; title: string; children: ReactNode }) {
  return (
    <section className="step" aria-label={title}>
      <Text fw={600} c="dimmed" aria-hidden>
        {n}
      </Text>
      <Title order={2} size="h5">
        {title}
      </Title>
      <div />
      <div>{children}</div>
    </section>
  );
}

function Settings({ loaded }: { loaded: { value: Account; etag: string | null } }) {
  const { id, provider: type } = loaded.value;
  const provider = useProviders().data?.find((p) => p.type === type);
  const workstreams = useWorkstreams().data;
  if (!provider || !workstreams) return null;
  return (
    <section className="step" aria-label="Settings">
      <div />
      <Title order={2} size="h5">
        Settings
      </Title>
      <div />
      <EditForm
        label="Channel settings"
        fields={[
          { name: "name", label: "Name", kind: "text", required: true, maxLength: 100 },
          workstreamField(workstreams),
          ...accountFields(provider, false),
          baseURLField,
        ]}
        queryKey={key("account", id)}
        list={key("accounts")}
        loaded={withoutSecrets(loaded)}
        read={async () => withoutSecrets(await readAccount(id))}
        change={async (body, headers) => withoutSecrets(await changeAccount(id, body, headers))}
      />
    </section>
  );
}

/** withoutSecrets leaves the secrets' fields empty: the API tells only which are set. */
const withoutSecrets = <T extends { value: Account }>(loaded: T): T => ({ ...loaded, value: { ...loaded.value, secrets: {} } });
