import { Button, Group, Stack, Text } from "@mantine/core";
import { IconTemplate } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";

import { errorMessage } from "../../api/client";
import { EmptyState } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { channelName } from "../channels/providers";
import { useAccounts, useProviders, type Account } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { Approvals } from "./Approvals";
import { languageName } from "./languages";
import { keepsTemplates, syncedAt, syncTemplates, useTemplates, type Template } from "./templates";

/** TemplatesPage lists our own templates and those that providers keep, with their approval. */
export function TemplatesPage() {
  const templates = useTemplates();
  const accounts = useAccounts().data;
  const providers = useProviders().data ?? [];
  const keeping = (accounts ?? []).filter((a) => keepsTemplates(a, providers));
  const add = (
    <Button component={Link} to="/setup/templates/new">
      Add a template
    </Button>
  );
  return (
    <>
      <PageHead title="Templates" action={add} operation="listTemplates">
        Prepared messages for campaigns and triggers, and for WhatsApp when the 24 hours to answer freely are over. Those of WhatsApp are
        written and approved at the provider.
      </PageHead>
      {keeping.length > 0 && (
        <Stack gap={4} my="sm" component="section" aria-label="Synchronise">
          {keeping.map((a) => (
            <Sync key={a.id} account={a} templates={templates.data ?? []} />
          ))}
        </Stack>
      )}
      <ListOf
        label="Templates"
        query={templates}
        textOf={(t) => `${t.name} ${t.texts.map((x) => x.text).join(" ")}`}
        empty={
          <EmptyState icon={<IconTemplate size={36} stroke={1.4} aria-hidden />} title="No templates yet" action={add}>
            Write one for SMS or LINE, or synchronise an account with the templates that its provider has.
          </EmptyState>
        }
        columns={[
          {
            label: "Name",
            show: (t) => (
              <Link to="/setup/templates/$id" params={{ id: t.id }} className="name">
                {t.name}
              </Link>
            ),
          },
          { label: "Channel", show: (t) => channelName(t.channel) },
          { label: "Kept at", show: (t) => accounts?.find((a) => a.id === t.account_id)?.name ?? (t.account_id ? "…" : "Here") },
          { label: "Languages", show: (t) => t.texts.map((x) => languageName(x.language)).join(", ") || "None" },
          { label: "Approval", show: (t) => (t.account_id ? <Approvals texts={t.texts} /> : "Not needed") },
        ]}
      />
    </>
  );
}

/** Sync reads the templates that an account's provider has. */
function Sync({ account, templates }: { account: Account; templates: Template[] }) {
  const sync = useMutation({ mutationFn: () => syncTemplates(account.id) });
  const last = syncedAt(templates.filter((t) => t.account_id === account.id).flatMap((t) => t.texts));
  return (
    <Group gap="sm">
      <Button size="compact-sm" variant="default" loading={sync.isPending} onClick={() => sync.mutate()}>
        Synchronise {account.name}
      </Button>
      <Text size="sm" role="status">
        {sync.isError
          ? `Could not synchronise: ${errorMessage(sync.error)}`
          : sync.data
            ? `Found: ${String(sync.data.added)} new, ${String(sync.data.changed)} changed, ${String(sync.data.unchanged)} as before, ${String(sync.data.gone)} gone.`
            : last
              ? `Synchronised ${formatDateTime(last)}`
              : "Not synchronised yet"}
      </Text>
    </Group>
  );
}
