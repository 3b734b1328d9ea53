import { Button } from "@mantine/core";
import { IconMessages } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { EmptyState } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { useTraffic } from "../channels/accounts";
import { useWidgets } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { styleNames } from "../work/styles";

/** WidgetsPage lists the chats on the organisation's sites. */
export function WidgetsPage() {
  const widgets = useWidgets();
  const traffic = useTraffic().data;
  const add = (
    <Button component={Link} to="/setup/chat/new">
      Add a chat
    </Button>
  );
  return (
    <>
      <PageHead title="Chat on your site" action={add} operation="listWidgets">
        A button on your pages that opens a chat. Each has its look, its sites and a snippet to paste.
      </PageHead>
      <ListOf
        label="Chats"
        query={widgets}
        textOf={(w) => `${w.name} ${w.origins.join(" ")}`}
        empty={
          <EmptyState icon={<IconMessages size={36} stroke={1.4} aria-hidden />} title="No chat yet" action={add}>
            Choose the look, name your site, and paste one line into its pages.
          </EmptyState>
        }
        columns={[
          {
            label: "Name",
            show: (w) => (
              <Link to="/setup/chat/$id" params={{ id: w.id }} className="name">
                {w.name}
              </Link>
            ),
          },
          { label: "Style", show: (w) => styleNames[w.style] },
          { label: "Sites", show: (w) => w.origins.join(", ") },
          {
            label: "Last message in",
            show: (w) => (traffic?.last[w.address_id] ? formatDateTime(traffic.last[w.address_id] ?? "") : "None lately"),
          },
        ]}
      />
    </>
  );
}
