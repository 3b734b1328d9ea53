import { Button, Group, Stack, Title } from "@mantine/core";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { nested, type Field } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { key, options, refresh, useHoursList, useWorkstreams, type Hours, type Queue } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { AssignmentSection } from "../routing/AssignmentSection";
import { ArchiveButton } from "../work/ArchiveButton";
import { ArchivedNotice } from "../work/Archived";
import { changeQueue, createQueue, deleteQueue, readQueue } from "./calls";
import type { Versioned } from "../versioned";

// Below what is seen first, and not needed to edit the queue itself.
const OverflowSection = lazy(() => import("../routing/OverflowSection").then((m) => ({ default: m.OverflowSection })));
const Thresholds = lazy(() => import("./Thresholds").then((m) => ({ default: m.Thresholds })));
const Members = lazy(() => import("./Members").then((m) => ({ default: m.Members })));

const back = { to: "/setup/queues", label: "All queues" };

/** QueuePage adds a queue, or edits one and its members. */
export function QueuePage() {
  const { id = "" } = useParams({ strict: false });
  const hours = useHoursList().data;
  if (id === "new") return hours && <NewQueue hours={hours} />;
  return (
    <Loaded what="the queue" queryKey={key("queue", id)} read={() => readQueue(id)}>
      {(loaded) => (
        <Stack gap="xl">
          <Head loaded={loaded} />
          <ArchivedNotice what="queue" at={loaded.value.archived_at} />
          {hours && !loaded.value.archived && (
            <EditForm
              label="Queue"
              fields={fieldsOf(hours)}
              queryKey={key("queue", id)}
              list={key("queues")}
              loaded={loaded}
              read={() => readQueue(id)}
              change={(body, headers) => changeQueue(id, body, headers)}
            />
          )}
          <section aria-label="Who is asked">
            <Title order={2} size="h5" mb="xs">
              Who is asked
            </Title>
            <AssignmentSection loaded={loaded} />
          </section>
          <section aria-label="Overflow">
            <Title order={2} size="h5" mb="xs">
              When it overflows
            </Title>
            <Suspense>
              <OverflowSection queue={id} />
            </Suspense>
          </section>
          <section aria-label="Thresholds">
            <Title order={2} size="h5" mb="xs">
              Thresholds
            </Title>
            <Suspense>
              <Thresholds queue={id} />
            </Suspense>
          </section>
          <section aria-label="Members">
            <Title order={2} size="h5" mb="xs">
              Members
            </Title>
            <Suspense>
              <Members queue={id} count={loaded.value.members} />
            </Suspense>
          </section>
        </Stack>
      )}
    </Loaded>
  );
}

function Head({ loaded }: { loaded: Versioned<Queue> }) {
  const queue = loaded.value;
  const go = useNavigate();
  const used = (useWorkstreams().data ?? []).filter((w) => w.queue_id === queue.id || w.fallback_queue_id === queue.id);
  return (
    <PageHead
      title={queue.name}
      back={back}
      operation="changeQueue"
      action={
        <Group gap="xs">
          <ArchiveButton what="queue" loaded={loaded} />
          <DeleteButton
            what="queue"
            name={queue.name}
            uses={used.map((w) => `Workstream “${w.name}” leads here.`)}
            alternative={
              used.length > 0
                ? "Choose another queue in these workstreams first."
                : "A queue that has had conversations cannot be deleted. Archive it instead."
            }
            remove={() => deleteQueue(queue.id)}
            done={() => void go({ to: "/setup/queues" })}
          />
        </Group>
      }
    />
  );
}

function NewQueue({ hours }: { hours: Hours[] }) {
  const go = useNavigate();
  return (
    <>
      <PageHead title="Add a queue" back={back} operation="createQueue">
        Its members are chosen next.
      </PageHead>
      <ResourceForm
        label="Add a queue"
        fields={fieldsOf(hours)}
        stored={{ values: { name: "", operating_hours_id: null, priority: 100 }, etag: null }}
        isNew
        submit="Add queue"
        cancel={
          <Button variant="default" component={Link} to="/setup/queues">
            Cancel
          </Button>
        }
        save={async (all, etag) => {
          const made = await createQueue(nested(all));
          await refresh("queues");
          void go({ to: "/setup/queues/$id", params: { id: made.id } });
          return { values: all, etag };
        }}
      />
    </>
  );
}

const fieldsOf = (hours: Hours[]): Field[] => [
  { name: "name", label: "Name", kind: "text", required: true, maxLength: 100 },
  {
    name: "operating_hours_id",
    label: "Operating hours",
    kind: "select",
    none: "Always open",
    options: options(hours),
    help: "When the team answers.",
  },
  {
    name: "priority",
    label: "Priority",
    kind: "number",
    required: true,
    min: 0,
    max: 1_000_000,
    help: "For people in several queues: the queue with the lower number comes first.",
  },
];
