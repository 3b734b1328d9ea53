import { Badge, Group, Stack, Text, Title } from "@mantine/core";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { queryClient } from "../../live/store";
import { SkeletonRows } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { channelName } from "../channels/providers";
import { DeleteButton } from "../form/DeleteButton";
import { nested, type Field, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import type { Stored } from "../form/useResourceForm";
import { key, refresh, useAccounts } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import type { Versioned } from "../versioned";
import { AddLanguage } from "./AddLanguage";
import { languageName } from "./languages";
import { back, NewTemplate } from "./NewTemplate";
import { placeholdersOf } from "./placeholders";
import { approvals, changeTemplate, deleteTemplate, readTemplate, syncedAt, textsByLanguage, type Template } from "./templates";
import { TextPreview } from "./TextPreview";
import { textFields, textsOf } from "./texts";

/** TemplatePage adds a template of ours, or shows one with its texts, their approval, and a preview. */
export function TemplatePage() {
  const { id = "" } = useParams({ strict: false });
  if (id === "new") return <NewTemplate />;
  return (
    <Loaded what="the template" queryKey={key("template", id)} read={() => readTemplate(id)}>
      {(loaded) => (
        <Stack gap="xl">
          <Head template={loaded.value} />
          <Form loaded={loaded} />
          {loaded.value.account_id && <ProviderTexts template={loaded.value} />}
        </Stack>
      )}
    </Loaded>
  );
}

function Head({ template }: { template: Template }) {
  const go = useNavigate();
  return (
    <PageHead
      title={template.name}
      back={back}
      operation="changeTemplate"
      action={
        <DeleteButton
          what="template"
          name={template.name}
          uses={[
            "Campaigns and triggers that send it can no longer do so. What was sent stays.",
            ...(template.account_id ? ["If the provider still has it, it comes back when the account is synchronised."] : []),
          ]}
          remove={() => deleteTemplate(template.id)}
          done={() => void go({ to: "/setup/templates" })}
        />
      }
    >
      {channelName(template.channel)}
    </PageHead>
  );
}

function Form({ loaded }: { loaded: Versioned<Template> }) {
  const { value: template } = loaded;
  const [added, setAdded] = useState<string[]>([]);
  const own = template.account_id === null;
  const stored = ({ value, etag }: Versioned<Template>): Stored => {
    const texts = Object.entries(textsByLanguage(value)).map(([l, text]) => [`texts.${l}`, text]);
    return { values: { name: value.name, default_language: value.default_language, ...Object.fromEntries(texts) } as Values, etag };
  };
  const keep = (got: Versioned<Template>): Stored => {
    queryClient.setQueryData(key("template", template.id), got);
    void refresh("templates");
    return stored(got);
  };
  const languages = template.texts.map((x) => x.language);
  const all = [...new Set([...languages, ...added])];
  const fields: Field[] = [
    { name: "name", label: "Name", kind: "text", required: true, maxLength: 200 },
    {
      name: "default_language",
      label: "Default language",
      kind: "select",
      required: true,
      options: [...new Set([template.default_language, ...languages])].map((l) => ({ value: l, label: languageName(l) })),
      help: "What customers get who have none of its languages.",
    },
    ...(own ? textFields(all, { maxLength: 4096, help: "Placeholders are written {Name}. Emptied, the language is removed." }) : []),
  ];
  return (
    <section aria-label="Template">
      <ResourceForm
        label="Template"
        fields={fields}
        stored={stored(loaded)}
        save={async (changes, etag) => keep(await changeTemplate(template.id, nested(changes), etag))}
        reload={async () => keep(await readTemplate(template.id))}
        preview={(now) => <TemplatePreview template={template} texts={own ? textsOf(now) : textsByLanguage(template)} />}
      />
      {own && <AddLanguage have={all} add={(tag) => setAdded([...added, tag])} />}
    </section>
  );
}

/** TemplatePreview fills placeholders with the provider's samples, or else with their own names. */
function TemplatePreview({ template, texts }: { template: Template; texts: Record<string, string> }) {
  const values: Record<string, string> = {};
  for (const name of Object.values(texts).flatMap(placeholdersOf)) values[name] = `[${name}]`;
  for (const x of template.texts) for (const [name, sample] of Object.entries(x.variables)) if (sample) values[name] = sample;
  return <TextPreview texts={texts} values={values} />;
}

/** ProviderTexts are the texts that a provider keeps, with what it says of each. */
function ProviderTexts({ template }: { template: Template }) {
  const account = useAccounts().data?.find((a) => a.id === template.account_id);
  const last = syncedAt(template.texts);
  if (!account) return <SkeletonRows n={2} h={44} />;
  return (
    <section aria-label="Texts at the provider">
      <Title order={2} size="h5" mb="xs">
        Texts at the provider
      </Title>
      <Text size="sm" mb="sm">
        Kept in {account.name} as “{template.provider_name}”; they are changed there.{" "}
        {last ? `Synchronised ${formatDateTime(last)}.` : "Not synchronised yet."}
      </Text>
      <Stack gap="md" maw={640}>
        {template.texts.map((x) => (
          <div key={x.language}>
            <Group gap="sm">
              <Text size="sm" fw={600}>
                {languageName(x.language)}
              </Text>
              <Badge variant="outline" color={approvals[x.approval].color} className="state">
                {approvals[x.approval].label}
              </Badge>
            </Group>
            {x.approval_reason && <Text size="sm">Reason: {x.approval_reason}</Text>}
            <Text size="sm" className="text-preview" lang={x.language} dir="auto">
              {x.text}
            </Text>
            {x.kind !== "text" && (
              <Text size="xs" c="dimmed">
                Of the kind “{x.kind}”, which cannot be sent from here.
              </Text>
            )}
          </div>
        ))}
      </Stack>
    </section>
  );
}
