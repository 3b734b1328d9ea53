import { Button, Group, Stack, Text } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";

import { SkeletonRows } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { nested, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { key, refresh, useAccounts, useQueues, useWidgets, type Queue, type Workstream } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import type { Versioned } from "../versioned";
import { ArchiveButton } from "./ArchiveButton";
import { ArchivedNotice } from "./Archived";
import { changeWorkstream, createWorkstream, deleteWorkstream, readWorkstream } from "./calls";
import { workstreamFields } from "./fields";

const back = { to: "/setup/workstreams", label: "All workstreams" };

/** WorkstreamPage adds a workstream, or edits one. */
export function WorkstreamPage() {
  const { id = "" } = useParams({ strict: false });
  const queues = useQueues().data;
  if (!queues) return <SkeletonRows n={5} h={44} />;
  if (id === "new") return <NewWorkstream queues={queues} />;
  return (
    <Loaded what="the workstream" queryKey={key("workstream", id)} read={() => readWorkstream(id)}>
      {(loaded) => (
        <Stack gap="md">
          <Head loaded={loaded} />
          <ArchivedNotice what="workstream" at={loaded.value.archived_at} />
          <Rules id={id} />
          {!loaded.value.archived && (
            <EditForm
              label="Workstream"
              fields={workstreamFields(queues, false)}
              queryKey={key("workstream", id)}
              list={key("workstreams")}
              loaded={loaded}
              read={() => readWorkstream(id)}
              change={(body, headers) => changeWorkstream(id, body, headers)}
            />
          )}
        </Stack>
      )}
    </Loaded>
  );
}

const rulePages = [
  { to: "/setup/workstreams/$id/routing", label: "Routing rules", text: "What a conversation needs and which queue it goes to." },
  { to: "/setup/workstreams/$id/timeouts", label: "Timeout rules", text: "What happens when somebody does not answer." },
  { to: "/setup/workstreams/$id/dispositions", label: "Dispositions", text: "How conversations ended, which agents choose in wrap-up." },
] as const;

/** Rules leads to the rules of a workstream, which have pages of their own. */
function Rules({ id }: { id: string }) {
  return (
    <div className="facts" style={{ maxWidth: 640 }}>
      {rulePages.map(({ to, label, text }) => (
        <Link key={to} to={to} params={{ id }} className="choice">
          <Text size="sm" fw={600}>
            {label}
          </Text>
          <Text size="xs" c="dimmed">
            {text}
          </Text>
        </Link>
      ))}
    </div>
  );
}

function Head({ loaded }: { loaded: Versioned<Workstream> }) {
  const workstream = loaded.value;
  const go = useNavigate();
  const accounts = (useAccounts().data ?? []).filter((a) => a.workstream_id === workstream.id && a.provider !== "webchat");
  const widgets = (useWidgets().data ?? []).filter((w) => w.workstream_id === workstream.id);
  const uses = [...accounts.map((a) => `Channel “${a.name}” leads here.`), ...widgets.map((w) => `Chat “${w.name}” leads here.`)];
  return (
    <PageHead
      title={workstream.name}
      back={back}
      operation="changeWorkstream"
      action={
        <Group gap="xs">
          <ArchiveButton what="workstream" loaded={loaded} />
          <DeleteButton
            what="workstream"
            name={workstream.name}
            uses={uses}
            alternative={
              uses.length > 0
                ? "Choose another workstream there first."
                : "A workstream that has had conversations cannot be deleted. Archive it instead."
            }
            remove={() => deleteWorkstream(workstream.id)}
            done={() => void go({ to: "/setup/workstreams" })}
          />
        </Group>
      }
    />
  );
}

function NewWorkstream({ queues }: { queues: Queue[] }) {
  const go = useNavigate();
  const fields = workstreamFields(queues, true).filter((f) => !f.group && f.name !== "fallback_queue_id");
  const values: Values = { name: "", queue_id: queues[0]?.id ?? "", mode: "push", style: "messaging", capacity_units: 1 };
  return (
    <>
      <PageHead title="Add a workstream" back={back} operation="createWorkstream">
        Everything else begins with sensible values and can be changed afterwards.
      </PageHead>
      {queues.length === 0 ? (
        <Text size="sm">
          A workstream leads to a queue.{" "}
          <Link to="/setup/queues/$id" params={{ id: "new" }} className="setup-inline">
            Add a queue first
          </Link>
        </Text>
      ) : (
        <ResourceForm
          label="Add a workstream"
          fields={fields}
          stored={{ values, etag: null }}
          isNew
          submit="Add workstream"
          cancel={
            <Button variant="default" component={Link} to="/setup/workstreams">
              Cancel
            </Button>
          }
          save={async (all, etag) => {
            const made = await createWorkstream({ ...nested(all), fallback_queue_id: all["queue_id"] });
            await refresh("workstreams");
            void go({ to: "/setup/workstreams/$id", params: { id: made.id } });
            return { values: all, etag };
          }}
        />
      )}
    </>
  );
}
