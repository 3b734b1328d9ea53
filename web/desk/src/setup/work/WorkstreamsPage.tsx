import { Button } from "@mantine/core";
import { IconArrowsSplit2 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { EmptyState } from "../../ui/States";
import { useQueues, useWorkstreams } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { styleNames } from "./styles";

/** WorkstreamsPage lists how conversations get from channels to queues. */
export function WorkstreamsPage() {
  const workstreams = useWorkstreams();
  const queues = useQueues().data;
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
      <ListOf
        label="Workstreams"
        query={workstreams}
        textOf={(w) => w.name}
        empty={
          <EmptyState icon={<IconArrowsSplit2 size={36} stroke={1.4} aria-hidden />} title="No workstreams yet" action={add}>
            One is enough to begin with; the chat on your site needs one of its own.
          </EmptyState>
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
          { label: "Queue", show: (w) => queues?.find((q) => q.id === w.queue_id)?.name ?? "…" },
        ]}
      />
    </>
  );
}
