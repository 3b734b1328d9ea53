import { Badge, Group, Stack, Table, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { LoadError, SkeletonRows } from "../../ui/States";
import { key } from "../lists";
import { clockText, dateOf, hoursOn } from "./days";

type Calendar = components["schemas"]["OperatingHoursCalendar"];
type Day = Calendar["days"][number];

/** NextDays are the next two weeks as they will be, and the days on which the clocks change, by what is saved. */
export function NextDays({ id, etag }: { id: string; etag: string | null }) {
  const got = useQuery({
    queryKey: key("next-days", id, etag ?? ""),
    staleTime: 0,
    queryFn: () => answer(api.GET("/v1/operating-hours/{id}/calendar", { params: { path: { id }, query: { days: 14 } } })),
  });
  if (got.isError) return <LoadError what="Could not load the next days" error={got.error} retry={() => void got.refetch()} />;
  if (!got.data) return <SkeletonRows n={4} h={24} />;
  const { days, time_zone, clock_changes } = got.data;
  return (
    <Stack gap="md">
      {days.every((d) => d.open.length === 0) && <Text size="sm">Closed for the next {days.length} days.</Text>}
      <Days label="Next days" days={days} zone={time_zone} />
      {clock_changes.length > 0 && (
        <div>
          <Title order={3} size="h6" mb={4}>
            When the clocks change
          </Title>
          <Days label="Days on which the clocks change" days={clock_changes.map((c) => c.day)} zone={time_zone} year />
        </div>
      )}
    </Stack>
  );
}

function Days({ label, days, zone, year }: { label: string; days: Day[]; zone: string; year?: boolean }) {
  return (
    <Table aria-label={label} verticalSpacing={4} maw={560}>
      <Table.Tbody>
        {days.map((d) => (
          <Table.Tr key={d.date}>
            <Table.Td className="nowrap">{dateOf(d.date, year)}</Table.Td>
            <Table.Td>
              <Group gap={8}>
                <Text size="sm" c={d.open.length === 0 ? "dimmed" : undefined}>
                  {hoursOn(d, zone)}
                </Text>
                {d.clock_shift !== 0 && (
                  <Badge variant="outline" color="yellow" className="state">
                    {clockText(d.clock_shift)}
                  </Badge>
                )}
              </Group>
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
