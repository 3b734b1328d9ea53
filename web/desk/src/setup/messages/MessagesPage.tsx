import { Badge, Button, Modal, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { nested, type Field, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { all, key, refresh } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";

type Schemas = components["schemas"];
type Automated = Schemas["AutomatedMessage"];

/** Occasion is when something is said, and what is set for it everywhere. */
interface Occasion {
  id: string;
  trigger: Schemas["Trigger"];
  set?: Automated; // for all channels and workstreams
  special: number; // settings for single channels or workstreams
}

async function readOccasions(): Promise<Occasion[]> {
  const [triggers, set] = await Promise.all([
    answer(api.GET("/v1/automated-messages/triggers")),
    all((query) => answer(api.GET("/v1/automated-messages", { params: { query } }))),
  ]);
  return triggers.items.map((trigger) => {
    const mine = set.filter((m) => m.trigger === trigger.name);
    const everywhere = mine.find((m) => m.channel === "" && m.workstream_id === null);
    return { id: trigger.name, trigger, set: everywhere, special: mine.length - (everywhere ? 1 : 0) };
  });
}

const isOn = (o: Occasion): boolean => o.set?.enabled ?? o.trigger.enabled;
const titleOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");
const textOf = (o: Occasion): string =>
  o.set?.texts["en"] ?? o.trigger.texts["en"] ?? Object.values({ ...o.trigger.texts, ...o.set?.texts })[0] ?? "";

/** MessagesPage lists what is said automatically, and switches and rewords it. */
export function MessagesPage() {
  const occasions = useQuery({ queryKey: key("occasions"), staleTime: 0, queryFn: readOccasions });
  const [editing, setEditing] = useState<Occasion | null>(null);
  return (
    <>
      <PageHead title="Automated messages" operation="setAutomated">
        What customers and agents are told by itself, in the customer’s language. These texts count for all channels and workstreams.
      </PageHead>
      <ListOf
        label="Automated messages"
        query={occasions}
        textOf={(o) => `${titleOf(o.id)} ${textOf(o)}`}
        empty={null}
        columns={[
          {
            label: "When",
            show: (o) => (
              <>
                <Text fw={600} size="sm">
                  {titleOf(o.id)}
                </Text>
                <Text size="xs" c="dimmed">
                  {o.trigger.visibility === "agent"
                    ? "To agents"
                    : o.trigger.visibility === "both"
                      ? "To customers and agents"
                      : "To customers"}
                  {o.special > 0 && ` · ${o.special} set for single channels or workstreams`}
                </Text>
              </>
            ),
          },
          { label: "Text", show: textOf },
          {
            label: "Status",
            show: (o) => (
              <Badge variant="outline" color={isOn(o) ? "green" : "gray"} className="state">
                {isOn(o) ? "On" : "Off"}
              </Badge>
            ),
          },
          {
            label: "Actions",
            hidden: true,
            show: (o) => (
              <Button size="compact-sm" variant="default" onClick={() => setEditing(o)} aria-label={`Edit ${titleOf(o.id)}`}>
                Edit
              </Button>
            ),
          },
        ]}
      />
      <Modal opened={editing !== null} onClose={() => setEditing(null)} title={editing ? titleOf(editing.id) : ""} size="lg">
        {editing && <OccasionForm of={editing} done={() => setEditing(null)} />}
      </Modal>
    </>
  );
}

function fieldsOf(o: Occasion): Field[] {
  const languages = Object.keys({ en: "", ...o.trigger.texts, ...o.set?.texts });
  const fills = o.trigger.placeholders.map((p) => `{${p}}`).join(", ");
  return [
    { name: "enabled", label: "Say it", kind: "switch" },
    ...languages.map((l, i): Field => ({
      name: `texts.${l}`,
      label: new Intl.DisplayNames(["en"], { type: "language" }).of(l) ?? l,
      kind: "multiline",
      help: i === 0 && fills ? `Filled in: ${fills}` : undefined,
    })),
  ];
}

function OccasionForm({ of: o, done }: { of: Occasion; done: () => void }) {
  const fields = fieldsOf(o);
  const texts: Record<string, string> = { ...o.trigger.texts, ...o.set?.texts };
  const values: Values = { enabled: isOn(o) };
  for (const f of fields.slice(1)) values[f.name] = texts[f.name.slice("texts.".length)] ?? "";
  return (
    <ResourceForm
      label={titleOf(o.id)}
      fields={fields}
      stored={{ values, etag: null }}
      isNew
      submit="Save"
      save={async (now, etag) => {
        const { texts: typed } = nested(now) as { texts: Record<string, string> };
        const own = Object.fromEntries(Object.entries(typed).filter(([l, text]) => text.trim() !== "" && text !== o.trigger.texts[l]));
        const level = { trigger: o.id, channel: "", workstream_id: null, visibility: o.set?.visibility ?? o.trigger.visibility };
        await answer(api.PUT("/v1/automated-messages", { body: { ...level, enabled: now["enabled"] === true, texts: own } }));
        await Promise.all([refresh("occasions"), refresh("messages")]);
        done();
        return { values: now, etag };
      }}
    />
  );
}
