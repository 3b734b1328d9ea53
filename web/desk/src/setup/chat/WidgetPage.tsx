import { Button, Stack, Text, Title } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";

import { SkeletonRows } from "../../ui/States";
import { useTraffic } from "../channels/accounts";
import { FirstMessage } from "../channels/FirstMessage";
import { Copyable } from "../Copyable";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { nested, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { key, refresh, useHoursList, useQueues, useWorkstreams, type Workstream } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { changeWidget, createWidget, deleteWidget, newWorkstream, readWidget, type Shown } from "./calls";
import { chatWorkstreams, lookFields, moreFields, siteFields } from "./fields";
import { Preview } from "./Preview";
import { SurveySection } from "./SurveySection";
import { TokenTest } from "./TokenTest";

const back = { to: "/setup/chat", label: "All chats" };

/** WidgetPage adds a chat, or shows the snippet, the look and the settings of one. */
export function WidgetPage() {
  const { id = "" } = useParams({ strict: false });
  const workstreams = useWorkstreams().data;
  const hours = useHoursList().data;
  if (!workstreams || !hours) return <SkeletonRows n={5} h={44} />;
  if (id === "new") return <NewWidget workstreams={workstreams} />;
  return (
    <Loaded what="the chat" queryKey={key("widget", id)} read={() => readWidget(id)}>
      {(loaded) => (
        <Stack gap="xl">
          <Head widget={loaded.value} />
          <Snippet widget={loaded.value} />
          <EditForm
            label="Chat settings"
            fields={[...siteFields(workstreams, false), ...lookFields, ...moreFields(hours)]}
            queryKey={key("widget", id)}
            list={key("widgets")}
            loaded={loaded}
            read={() => readWidget(id)}
            change={(body, headers) => changeWidget(id, body, headers)}
            preview={(now) => <Preview now={now} />}
          />
          <SurveySection loaded={loaded} />
          <TokenTest widget={loaded.value} />
        </Stack>
      )}
    </Loaded>
  );
}

function Head({ widget }: { widget: Shown }) {
  const go = useNavigate();
  const open = useTraffic().data?.open[widget.address_id] ?? 0;
  return (
    <PageHead
      title={widget.name}
      back={back}
      operation="changeWidget"
      action={
        <DeleteButton
          what="chat"
          name={widget.name}
          uses={[
            ...(open > 0
              ? [`${open} open ${open === 1 ? "conversation uses" : "conversations use"} it. Answers in them are refused.`]
              : []),
            "The button disappears from the pages that have its snippet.",
          ]}
          remove={() => deleteWidget(widget.id)}
          done={() => void go({ to: "/setup/chat" })}
        />
      }
    />
  );
}

function Snippet({ widget }: { widget: Shown }) {
  return (
    <section aria-label="Snippet">
      <Title order={2} size="h5" mb="xs">
        Paste this into your pages
      </Title>
      <Stack gap="sm">
        <Text size="sm">
          Anywhere in the HTML of every page of {widget.origins.join(", ")}. It sets no cookies and loads 3 KB until somebody opens it.
        </Text>
        <Copyable text={widget.snippet} label="the snippet" block />
        <FirstMessage of={widget.address_id} how="Open your site and write in the chat." by="message" />
      </Stack>
    </section>
  );
}

function NewWidget({ workstreams }: { workstreams: Workstream[] }) {
  const go = useNavigate();
  const queues = useQueues().data;
  const values: Values = {
    name: "",
    origins: [],
    workstream_id: chatWorkstreams(workstreams)[0]?.id ?? newWorkstream("live"),
    anonymous_threads: false,
  };
  if (!queues) return <SkeletonRows n={4} h={44} />;
  return (
    <>
      <PageHead title="Add a chat" back={back} operation="createWidget">
        Its look and the snippet come next.
      </PageHead>
      {queues.length === 0 && (
        <Text size="sm" mb="md">
          Somebody must answer:{" "}
          <Link to="/setup/queues/$id" params={{ id: "new" }} className="setup-inline">
            add a queue first
          </Link>
        </Text>
      )}
      <ResourceForm
        label="Add a chat"
        fields={siteFields(workstreams, true)}
        stored={{ values, etag: null }}
        isNew
        submit="Add chat"
        cancel={
          <Button variant="default" component={Link} to="/setup/chat">
            Cancel
          </Button>
        }
        save={async (all, etag) => {
          const made = await createWidget({ ...nested(all), authentication: "none" }, queues[0]?.id);
          await refresh("widgets");
          void go({ to: "/setup/chat/$id", params: { id: made.id } });
          return { values: all, etag };
        }}
      />
    </>
  );
}
