import { Button } from "@mantine/core";
import { Link, useNavigate } from "@tanstack/react-router";

import { SkeletonRows } from "../../ui/States";
import { channelName } from "../channels/providers";
import type { Field } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { useProviders } from "../lists";
import { PageHead } from "../PageHead";
import { otherLanguages } from "./languages";
import { placeholdersOf } from "./placeholders";
import { createTemplate } from "./templates";
import { TextPreview } from "./TextPreview";

export const back = { to: "/setup/templates", label: "All templates" };

/** NewTemplate writes a template of our own in its first language. */
export function NewTemplate() {
  const go = useNavigate();
  const providers = useProviders().data;
  if (!providers) return <SkeletonRows n={4} h={44} />;
  const channels = [...new Set(providers.flatMap((p) => Object.entries(p.channels).flatMap(([name, c]) => (c.templates ? [] : [name]))))];
  const fields: Field[] = [
    { name: "name", label: "Name", kind: "text", required: true, maxLength: 200 },
    {
      name: "channel",
      label: "Channel",
      kind: "select",
      required: true,
      options: channels.sort().map((c) => ({ value: c, label: channelName(c) })),
      help: "Templates of WhatsApp are written and approved at the provider.",
    },
    { name: "default_language", label: "Language", kind: "select", required: true, options: otherLanguages([]) },
    {
      name: "text",
      label: "Text",
      kind: "multiline",
      required: true,
      maxLength: 4096,
      help: "Placeholders are written {Name}. Other languages are added next.",
    },
  ];
  return (
    <>
      <PageHead title="Add a template" back={back} operation="createTemplate" />
      <ResourceForm
        label="Add a template"
        fields={fields}
        stored={{ values: { name: "", channel: "sms", default_language: "en", text: "" }, etag: null }}
        isNew
        submit="Add template"
        cancel={
          <Button variant="default" component={Link} to="/setup/templates">
            Cancel
          </Button>
        }
        preview={(now) => {
          const text = String(now["text"] ?? "");
          const values = Object.fromEntries(placeholdersOf(text).map((name) => [name, `[${name}]`]));
          return <TextPreview texts={{ [String(now["default_language"])]: text }} values={values} />;
        }}
        save={async (all, etag) => {
          const made = await createTemplate(all);
          void go({ to: "/setup/templates/$id", params: { id: made.id } });
          return { values: all, etag };
        }}
      />
    </>
  );
}
