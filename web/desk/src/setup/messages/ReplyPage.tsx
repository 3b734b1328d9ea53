import { Button } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { SkeletonRows } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { nested, valuesOf, type Field, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { key, options, useWorkstreams, type Workstream } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import type { Versioned } from "../versioned";
import { AddLanguage } from "./AddLanguage";
import { checkPlaceholders } from "./placeholders";
import { changeReply, createReply, deleteReply, fills, readReply, type QuickReply } from "./replies";
import { TextPreview } from "./TextPreview";
import { textFields, textsOf, withTexts } from "./texts";

const back = { to: "/setup/replies", label: "All quick replies" };

/** ReplyPage adds a quick reply, or edits one with what the customer will read. */
export function ReplyPage() {
  const { id = "" } = useParams({ strict: false });
  const workstreams = useWorkstreams().data;
  if (!workstreams) return <SkeletonRows n={5} h={44} />;
  if (id === "new") return <NewReply workstreams={workstreams} />;
  return (
    <Loaded what="the quick reply" queryKey={key("reply", id)} read={() => readReply(id)}>
      {(loaded) => <EditReply loaded={loaded} workstreams={workstreams} />}
    </Loaded>
  );
}

const preview = (now: Values) => <TextPreview texts={textsOf(now)} />;

function EditReply({ loaded, workstreams }: { loaded: Versioned<QuickReply>; workstreams: Workstream[] }) {
  const go = useNavigate();
  const { value: reply } = loaded;
  const [added, setAdded] = useState<string[]>([]);
  const languages = [...new Set([...Object.keys(reply.texts), ...added])];
  return (
    <>
      <PageHead
        title={reply.title}
        back={back}
        operation="changeQuickReply"
        action={
          <DeleteButton
            what="reply"
            name={reply.title}
            uses={["Agents no longer find it. What was sent stays."]}
            remove={() => deleteReply(reply.id)}
            done={() => void go({ to: "/setup/replies" })}
          />
        }
      />
      <EditForm
        label="Quick reply"
        fields={fieldsOf(workstreams, languages)}
        queryKey={key("reply", reply.id)}
        list={key("replies")}
        loaded={loaded}
        read={() => readReply(reply.id)}
        change={(body, headers) => {
          const changed = body["texts"] as Record<string, string> | undefined;
          return changeReply(reply.id, changed ? { ...body, texts: withTexts(reply.texts, changed) } : body, headers);
        }}
        preview={preview}
      />
      <AddLanguage have={languages} add={(tag) => setAdded([...added, tag])} />
    </>
  );
}

function NewReply({ workstreams }: { workstreams: Workstream[] }) {
  const go = useNavigate();
  const [languages, setLanguages] = useState(["en"]);
  const fields = fieldsOf(workstreams, languages);
  return (
    <>
      <PageHead title="Add a quick reply" back={back} operation="createQuickReply">
        All agents find it at once.
      </PageHead>
      <ResourceForm
        label="Add a quick reply"
        fields={fields}
        stored={{ values: valuesOf(fields, {}), etag: null }}
        isNew
        submit="Add quick reply"
        cancel={
          <Button variant="default" component={Link} to="/setup/replies">
            Cancel
          </Button>
        }
        preview={preview}
        save={async (all, etag) => {
          const made = await createReply({ ...nested(all), texts: textsOf(all) });
          void go({ to: "/setup/replies/$id", params: { id: made.id } });
          return { values: all, etag };
        }}
      />
      <AddLanguage have={languages} add={(tag) => setLanguages([...languages, tag])} />
    </>
  );
}

const tag = (value: string): string | undefined => (/[\s#]/.test(value) ? "A tag has no spaces and no #." : undefined);

function fieldsOf(workstreams: Workstream[], languages: string[]): Field[] {
  const [first, ...rest] = textFields(languages, { check: checkPlaceholders(fills), maxLength: 4096 });
  return [
    { name: "title", label: "Title", kind: "text", required: true, maxLength: 200, help: "What agents look for." },
    { name: "tags", label: "Tags", kind: "lines", check: tag, help: "One a line, such as refund. Agents find it by them, too." },
    ...(first ? [{ ...first, help: `Filled in: ${fills.map((f) => `{${f}}`).join(", ")}` }] : []),
    ...rest,
    {
      name: "workstream_ids",
      label: "Offered in",
      kind: "checks",
      options: options(workstreams),
      help: "None chosen: in all workstreams.",
      group: "Where",
    },
  ];
}
