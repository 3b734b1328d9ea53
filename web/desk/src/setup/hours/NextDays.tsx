import { Table, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { LoadError, SkeletonRows } from "../../ui/States";
import { key } from "../lists";

interface Span {
  from: string;
  to: string;
}

const days = 14;

/** readSpans asks the server from change to change when it will be open, both changes of the clocks included. */
async function readSpans(id: string): Promise<Span[]> {
  const end = Date.now() + days * 86_400_000;
  const spans: Span[] = [];
  let at = new Date().toISOString();
  while (Date.parse(at) < end && spans.length < 60) {
    const now = await answer(api.GET("/v1/operating-hours/{id}/status", { params: { path: { id }, query: { at } } }));
    const until = now.changes_at ?? new Date(end).toISOString();
    if (now.open) spans.push({ from: at, to: until });
    at = until;
    if (!now.changes_at) break;
  }
  return spans;
}

/** NextDays are the next two weeks as they will be, by what is saved. */
export function NextDays({ id, zone, etag }: { id: string; zone: string; etag: string | null }) {
  const spans = useQuery({ queryKey: key("next-days", id, etag ?? ""), staleTime: 0, queryFn: () => readSpans(id) });
  if (spans.isError) return <LoadError what="Could not load the next days" error={spans.error} retry={() => void spans.refetch()} />;
  if (!spans.data) return <SkeletonRows n={4} h={24} />;
  if (spans.data.length === 0) return <Text size="sm">Closed for the next {days} days.</Text>;
  const day = new Intl.DateTimeFormat(undefined, { timeZone: zone, weekday: "short", day: "numeric", month: "short" });
  const time = new Intl.DateTimeFormat(undefined, { timeZone: zone, hour: "2-digit", minute: "2-digit" });
  return (
    <Table aria-label="Next days" verticalSpacing={4} maw={480}>
      <Table.Tbody>
        {spans.data.map((s) => (
          <Table.Tr key={s.from}>
            <Table.Td>{day.format(new Date(s.from))}</Table.Td>
            <Table.Td className="nowrap">
              {time.format(new Date(s.from))} to {time.format(new Date(s.to))}
              {day.format(new Date(s.to)) !== day.format(new Date(s.from)) && ` (${day.format(new Date(s.to))})`}
            </Table.Td>
          </Table.Tr>
        ))}
      </Table.Tbody>
    </Table>
  );
}
