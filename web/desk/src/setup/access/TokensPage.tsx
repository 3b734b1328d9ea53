import { Alert, Badge, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { IconKey } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { errorMessage } from "../../api/client";
import { EmptyState } from "../../ui/States";
import { formatDateTime, formatDay, useNow } from "../../ui/time";
import { ListOf, type Column } from "../ListOf";
import { PageHead } from "../PageHead";
import { revokeToken, usePermissions, useTokens, type Token } from "./calls";
import { NewToken } from "./NewToken";

/** TokensPage lists the tokens with which other systems use the API. */
export function TokensPage() {
  const tokens = useTokens();
  const permissions = usePermissions().data;
  const [adding, setAdding] = useState(false);
  const now = useNow(60_000);
  const add = (
    <Button onClick={() => setAdding(true)} disabled={!permissions}>
      Create a token
    </Button>
  );
  const close = () => setAdding(false);
  return (
    <>
      <PageHead title="API tokens" action={add} operation="listTokens">
        Other systems use the API with a token. Give each system its own, with the permissions that it needs.
      </PageHead>
      <ListOf
        label="API tokens"
        query={tokens}
        textOf={(t) => `${t.name} ${t.created_by_name}`}
        empty={<EmptyState icon={<IconKey size={36} stroke={1.4} aria-hidden />} title="No API tokens yet" action={add} />}
        columns={columns(now)}
      />
      <Modal opened={adding} onClose={close} title="Create a token" size="lg">
        {permissions && <NewToken permissions={permissions} close={close} />}
      </Modal>
    </>
  );
}

const stateOf = (t: Token, now: number) => (t.revoked_at ? "Revoked" : new Date(t.expires_at).getTime() <= now ? "Expired" : "Active");

const columns = (now: number): Column<Token>[] => [
  {
    label: "Name",
    show: (t) => (
      <>
        {t.name}
        {t.agent_name && (
          <Text size="xs" c="dimmed">
            Acts as {t.agent_name}
          </Text>
        )}
      </>
    ),
  },
  { label: "Permissions", show: (t) => <Permissions token={t} /> },
  { label: "Created by", show: (t) => t.created_by_name },
  { label: "Last used", show: (t) => (t.last_used_at ? formatDateTime(t.last_used_at) : "Never") },
  {
    label: "Expires",
    show: (t) => {
      const state = stateOf(t, now);
      return state === "Active" ? (
        formatDay(t.expires_at)
      ) : (
        <Badge variant="outline" color="gray" className="state">
          {state}
        </Badge>
      );
    },
  },
  { label: "Actions", hidden: true, show: (t) => stateOf(t, now) === "Active" && <Revoke token={t} /> },
];

function Permissions({ token }: { token: Token }) {
  if (!token.permissions) return <>All of the role {token.role}</>;
  const [first, ...more] = token.permissions;
  if (more.length === 0) return <code>{first}</code>;
  return (
    <details>
      <summary>{token.permissions.length} permissions</summary>
      {token.permissions.map((p) => (
        <div key={p}>
          <code>{p}</code>
        </div>
      ))}
    </details>
  );
}

function Revoke({ token }: { token: Token }) {
  const [asking, setAsking] = useState(false);
  const revoking = useMutation({ mutationFn: () => revokeToken(token.id), onSuccess: () => setAsking(false) });
  return (
    <>
      <Button variant="default" onClick={() => setAsking(true)} aria-label={`Revoke ${token.name}`}>
        Revoke…
      </Button>
      <Modal opened={asking} onClose={() => setAsking(false)} title={`Revoke “${token.name}”?`}>
        <Stack gap="sm">
          {revoking.isError && (
            <Alert color="red" role="alert" title="Could not revoke the token">
              {errorMessage(revoking.error)}
            </Alert>
          )}
          <Text size="sm">Whatever uses this token is refused from now on. It cannot be undone.</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={() => setAsking(false)} data-autofocus>
              Keep token
            </Button>
            <Button color="red" loading={revoking.isPending} onClick={() => revoking.mutate()}>
              Revoke token
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  );
}
