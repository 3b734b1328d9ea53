import { Paper, Text, Title } from "@mantine/core";
import type { ReactNode } from "react";

import { useConfigurations } from "../campaigns/useCampaigns";
import { formatDateTime } from "../ui/time";
import { formatJson } from "./formValues";
import { kindLabel, scheduleText } from "./labels";
import type { Trigger } from "./useTriggers";

/** RuleSummary shows a trigger's rule. */
export function RuleSummary({ t }: { t: Trigger }) {
  const configuration = useConfigurations().data?.find((c) => c.id === t.configuration_id);
  const r = t.rule;
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        Rule
      </Title>
      <dl className="facts">
        <Fact label={kindLabel(t)}>{scheduleText(t)}</Fact>
        <Fact label="Message">{configuration ? `${configuration.name} (${configuration.channel})` : "…"}</Fact>
        <Fact label="Condition">{r.when ? <Source>{r.when}</Source> : "Always"}</Fact>
        <Fact label="For each">{r.each ? <Source>{r.each}</Source> : "One contact"}</Fact>
        <Fact label="Recipient">{r.to && <Source>{r.to}</Source>}</Fact>
        <Fact label="Consent">{r.optin ? <Source>{r.optin}</Source> : "No: nothing is sent"}</Fact>
        <Fact label="Language">{r.locale ? <Source>{r.locale}</Source> : "Template default"}</Fact>
        {r.entityrelationshipname && (
          <Fact label="Regarding">
            <Source>{r.entityrelationshipname}</Source>
          </Fact>
        )}
        {Object.entries(r.contextitems ?? {}).map(([name, source]) => (
          <Fact key={name} label={`{${name}}`}>
            <Source>{source}</Source>
          </Fact>
        ))}
        {t.kind === "schedule" && formatJson(t.data) && (
          <Fact label="Data">
            <Source>{JSON.stringify(t.data)}</Source>
          </Fact>
        )}
        <Fact label="Updated">{formatDateTime(t.updated_at)}</Fact>
      </dl>
    </Paper>
  );
}

function Fact({ label, children }: { label: string; children: ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Text component="dd" size="sm">
        {children}
      </Text>
    </div>
  );
}

function Source({ children }: { children: ReactNode }) {
  return <span className="rule">{children}</span>;
}
