import { Alert, Button, Group, Paper, Select, Stack, Text, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { IconClock } from "@tabler/icons-react";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "../api/client";
import type { Conversation, Template } from "../api/types";
import { customerName } from "../conversation/labels";
import { formatDateTime } from "../ui/time";
import { send } from "./outbox";

interface Props {
  c: Conversation;
  forced: boolean; // nothing else can be sent
  close: () => void;
}

/** Templates replaces the text area while only a template can be sent, or when the agent chose to send one. */
export function Templates({ c, forced, close }: Props) {
  const list = useQuery({
    queryKey: ["templates", c.channel],
    staleTime: 60_000,
    queryFn: () => answer(api.GET("/v1/templates", { params: { query: { channel: c.channel, limit: 200 } } })),
    select: (page) => page.items.filter((t) => isUsable(t, c, forced)),
  });
  const [id, setId] = useState<string | null>(null);
  const template = list.data?.find((t) => t.id === id);
  return (
    <Stack gap="xs">
      {forced && (
        <Alert color="yellow" p="xs" icon={<IconClock size={18} aria-hidden />}>
          <Text size="sm">{closedReason(c)}</Text>
        </Alert>
      )}
      <Group gap="xs" align="flex-end" wrap="nowrap">
        <Select
          label="Template"
          placeholder={list.isPending ? "Loading…" : list.data?.length ? "Choose a template" : "No templates available"}
          data={list.data?.map((t) => ({ value: t.id, label: t.name })) ?? []}
          value={id}
          onChange={setId}
          searchable
          nothingFoundMessage="No matching templates"
          className="grow"
          error={list.isError ? "Could not load templates. Try again." : undefined}
          comboboxProps={{ position: "top" }}
        />
        {!forced && (
          <Button variant="default" onClick={close}>
            Back to message
          </Button>
        )}
      </Group>
      {template && <TemplateForm key={template.id} c={c} t={template} done={close} />}
    </Stack>
  );
}

function isUsable(t: Template, c: Conversation, forced: boolean): boolean {
  if (t.account_id && t.account_id !== c.account.id) return false;
  return !forced || t.texts.some((x) => x.approval === "approved");
}

function closedReason(c: Conversation): string {
  if (c.customer.opted_out) return "This customer has opted out of messages.";
  if (!c.window.allowed.includes("template"))
    return "The reply window has closed, and this channel has no templates. You can reply when the customer writes again.";
  const since = c.window.closes_at ? ` on ${formatDateTime(c.window.closes_at)}` : "";
  return `The reply window closed${since}. You can still send an approved template.`;
}

/** TemplateForm fills a template's placeholders and previews the message. */
function TemplateForm({ c, t, done }: { c: Conversation; t: Template; done: () => void }) {
  const language = c.customer.language || t.default_language;
  const gaps = [...new Set(t.texts.flatMap((x) => x.placeholders))];
  const [values, setValues] = useState<Record<string, string>>(() =>
    Object.fromEntries(gaps.filter((g) => /name/i.test(g)).map((g) => [g, customerName(c)])),
  );
  const [asked] = useDebouncedValue(values, 200);
  const preview = useQuery({
    queryKey: ["template-preview", t.id, language, asked],
    placeholderData: keepPreviousData,
    gcTime: 10_000,
    queryFn: () => answer(api.POST("/v1/templates/{id}/preview", { params: { path: { id: t.id } }, body: { language, values: asked } })),
  });
  const missing = gaps.some((g) => !values[g]?.trim());
  const submit = () => {
    send({ conversation: c.id, internal: false, text: preview.data?.text ?? t.name, files: [], template: { id: t.id, language, values } });
    done();
  };
  return (
    <Stack gap="xs">
      {gaps.length > 0 && (
        <Group gap="xs" grow>
          {gaps.map((g) => (
            <TextInput
              key={g}
              label={g}
              size="xs"
              maxLength={1024}
              required
              value={values[g] ?? ""}
              onChange={(e) => setValues({ ...values, [g]: e.currentTarget.value })}
            />
          ))}
        </Group>
      )}
      <Group align="flex-end" wrap="nowrap" gap="sm">
        <Paper withBorder p="xs" className="grow" aria-label="Preview" role="group">
          <Text size="sm" className="words" dir="auto">
            {preview.isError ? "Could not load the preview. Try again." : (preview.data?.text ?? "…")}
          </Text>
        </Paper>
        <Button onClick={submit} disabled={missing || !preview.data}>
          Send
        </Button>
      </Group>
    </Stack>
  );
}
