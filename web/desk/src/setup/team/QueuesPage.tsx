import { Button, Text } from "@mantine/core";
import { IconUsersGroup } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { EmptyState } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { useArchivedQueues, useHoursList, useQueues, type Queue } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { ShowArchived } from "../work/Archived";

/** QueuesPage lists the teams that answer. */
export function QueuesPage() {
  const [archived, setArchived] = useState(false);
  const inUse = useQueues();
  const old = useArchivedQueues(archived);
  const hours = useHoursList().data;
  const add = (
    <Button component={Link} to="/setup/queues/new">
      Add a queue
    </Button>
  );
  return (
    <>
      <PageHead title="Queues" action={add} operation="listQueues">
        A queue is a team. Its conversations are offered to its members.
      </PageHead>
      <ShowArchived shown={archived} show={setArchived} />
      <ListOf
        label={archived ? "Archived queues" : "Queues"}
        query={archived ? old : inUse}
        textOf={(q) => q.name}
        empty={
          archived ? (
            <EmptyState icon={<IconUsersGroup size={36} stroke={1.4} aria-hidden />} title="No archived queues">
              A queue that is no longer needed can be archived on its page.
            </EmptyState>
          ) : (
            <EmptyState icon={<IconUsersGroup size={36} stroke={1.4} aria-hidden />} title="No queues yet" action={add}>
              Begin with one, such as Support, and put yourself in it.
            </EmptyState>
          )
        }
        columns={[
          {
            label: "Name",
            show: (q) => (
              <Link to="/setup/queues/$id" params={{ id: q.id }} className="name">
                {q.name}
              </Link>
            ),
          },
          {
            label: "Members",
            show: (q) =>
              q.members === 0 ? (
                <Text className="sign-late" size="sm">
                  Nobody
                </Text>
              ) : (
                q.members
              ),
          },
          { label: "Hours", show: (q) => hours?.find((h) => h.id === q.operating_hours_id)?.name ?? "Always open" },
          { label: "Now", show: openText },
        ]}
      />
    </>
  );
}

function openText(q: Queue): string {
  const until = q.changes_at ? formatDateTime(q.changes_at) : "";
  if (q.open) return until ? `Open until ${until}` : "Open";
  return until ? `Closed until ${until}` : "Closed";
}
