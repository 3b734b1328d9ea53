import { Button } from "@mantine/core";
import { IconClockHour4 } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { EmptyState } from "../../ui/States";
import { useHoursList, useQueues } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";

/** HoursListPage lists when somebody is there. */
export function HoursListPage() {
  const hours = useHoursList();
  const queues = useQueues().data;
  const add = (
    <Button component={Link} to="/setup/hours/new">
      Add operating hours
    </Button>
  );
  return (
    <>
      <PageHead title="Operating hours" action={add} operation="listOperatingHours">
        When your teams answer. Outside them customers are told when you are back.
      </PageHead>
      <ListOf
        label="Operating hours"
        query={hours}
        textOf={(h) => `${h.name} ${h.time_zone}`}
        empty={
          <EmptyState icon={<IconClockHour4 size={36} stroke={1.4} aria-hidden />} title="Always open" action={add}>
            Without operating hours customers are answered at any time of the day.
          </EmptyState>
        }
        columns={[
          {
            label: "Name",
            show: (h) => (
              <Link to="/setup/hours/$id" params={{ id: h.id }} className="name">
                {h.name}
              </Link>
            ),
          },
          { label: "Time zone", show: (h) => h.time_zone },
          {
            label: "Queues",
            show: (h) =>
              (queues ?? [])
                .filter((q) => q.operating_hours_id === h.id)
                .map((q) => q.name)
                .join(", ") || "None",
          },
        ]}
      />
    </>
  );
}
