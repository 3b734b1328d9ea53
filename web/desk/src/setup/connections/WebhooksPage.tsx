import { Button } from "@mantine/core";
import { IconWebhook } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { EmptyState } from "../../ui/States";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { ConditionSign } from "./WebhookHealth";
import { kindLabel, useWebhooks } from "./webhooks";

/** WebhooksPage lists the systems that are told what happens with conversations. */
export function WebhooksPage() {
  const webhooks = useWebhooks();
  const add = (
    <Button component={Link} to="/setup/webhooks/new">
      Add a webhook
    </Button>
  );
  return (
    <>
      <PageHead title="Webhooks" action={add} operation="listWebhooks">
        Tell your own systems, such as a CRM, what happens with conversations, as it happens.
      </PageHead>
      <ListOf
        label="Webhooks"
        query={webhooks}
        textOf={(w) => `${w.name} ${w.url}`}
        empty={
          <EmptyState icon={<IconWebhook size={36} stroke={1.4} aria-hidden />} title="No webhooks yet" action={add}>
            Name an address of your system and choose what it should hear of.
          </EmptyState>
        }
        columns={[
          {
            label: "Name",
            show: (w) => (
              <Link to="/setup/webhooks/$id" params={{ id: w.id }} className="name">
                {w.name}
              </Link>
            ),
          },
          { label: "Address", show: (w) => hostOf(w.url) },
          { label: "Status", show: (w) => <ConditionSign webhook={w} /> },
          { label: "Events", show: (w) => w.kinds.map(kindLabel).join(", ") },
        ]}
      />
    </>
  );
}

/** hostOf leaves out the path and the query, where tokens may be. */
const hostOf = (url: string): string => (URL.canParse(url) ? new URL(url).host : url);
