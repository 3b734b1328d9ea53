import { Badge, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";

import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { isOn, textOf, titleOf, useOccasions, type Occasion } from "./occasions";

/** MessagesPage lists what is said automatically. */
export function MessagesPage() {
  return (
    <>
      <PageHead title="Automated messages" operation="setAutomated">
        What customers and agents are told by itself, in the customer’s language. Open one to switch it, to word it, and to say something
        else on single channels or in single workstreams.
      </PageHead>
      <ListOf
        label="Automated messages"
        query={useOccasions()}
        textOf={(o) => `${titleOf(o.id)} ${textOf(o)}`}
        empty={null}
        columns={[
          {
            label: "When",
            show: (o) => (
              <>
                <Link to="/setup/messages/$id" params={{ id: o.id }} className="name">
                  {titleOf(o.id)}
                </Link>
                <Text size="xs" c="dimmed">
                  {audience(o)}
                  {o.special.length > 0 && ` · ${String(o.special.length)} set for single channels or workstreams`}
                </Text>
              </>
            ),
          },
          { label: "Text", show: textOf },
          {
            label: "Status",
            show: (o) => (
              <Badge variant="outline" color={isOn(o) ? "green" : "gray"} className="state">
                {isOn(o) ? "On" : "Off"}
              </Badge>
            ),
          },
        ]}
      />
    </>
  );
}

function audience({ trigger, set }: Occasion): string {
  const to = set?.visibility ?? trigger.visibility;
  return to === "agent" ? "To agents" : to === "both" ? "To customers and agents" : "To customers";
}
