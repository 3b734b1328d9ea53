import { Button } from "@mantine/core";
import { IconArrowsSplit2 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { EmptyState } from "../../ui/States";
import { useArchivedQueues, useArchivedWorkstreams, useQueues, useWorkstreams } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { ShowArchived } from "./Archived";
import { styleNames } from "./styles";

/** WorkstreamsPage lists how conversations get from channels to queues. */
export function WorkstreamsPage() {
  const [archived, setArchived] = useState(false);
  const inUse = useWorkstreams();
  const old = useArchivedWorkstreams(archived);
  const archivedQueues = useArchivedQueues(archived).data;
  const queues = [...(useQueues().data ?? []), ...(archivedQueues ?? [])];
  const add = (
    <Button component={Link} to="/setup/workstreams/new">
      Add a workstream
    </Button>
  );
  return (
    <>
      <PageHead title="Workstreams" action={add} operation="listWorkstreams">
        A workstream leads from channels to a queue, with the rules for offers, closing, wrap-up and files.
      </PageHead>
      <ShowArchived shown={archived} show={setArchived} />
      <ListOf
        label={archived ? "Archived workstreams" : "Workstreams"}
        query={archived ? old : inUse}
        textOf={(w) => w.name}
        empty={
          archived ? (
            <EmptyState icon={<IconArrowsSplit2 size={36} stroke={1.4} aria-hidden />} title="No archived workstreams">
              A workstream that is no longer needed can be archived on its page.
            </EmptyState>
          ) : (
            <EmptyState icon={<IconArrowsSplit2 size={36} stroke={1.4} aria-hidden />} title="No workstreams yet" action={add}>
              One is enough to begin with; the chat on your site needs one of its own.
            </EmptyState>
          )
        }
        columns={[
          {
            label: "Name",
            show: (w) => (
              <Link to="/setup/workstreams/$id" params={{ id: w.id }} className="name">
                {w.name}
              </Link>
            ),
          },
          { label: "Style", show: (w) => styleNames[w.style] },
          { label: "Agents", show: (w) => (w.mode === "push" ? "Are offered" : "Take from the list") },
          { label: "Queue", show: (w) => queues.find((q) => q.id === w.queue_id)?.name ?? "…" },
        ]}
      />
    </>
  );
}
