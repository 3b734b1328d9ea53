import { Button, Group, SegmentedControl, Select, Table, Text, Title } from "@mantine/core";
import { keepPreviousData, useQuery } from "@tanstack/react-query";
import { useMemo, useState } from "react";

import { answer, api } from "../api/client";
import { ScrollTable } from "../ui/ScrollTable";
import { EmptyState, LoadError, SkeletonRows } from "../ui/States";
import { FigureHead } from "./FigureHead";
import { type Bucket, csvOf, periodOf, type Span, spans, zoneHere } from "./period";
import { type AgentReport, type QueueReport, type Row, tableOf } from "./report";
import { ReportChart } from "./ReportChart";
import { type Definition, useDefinitions } from "./useLiveData";

type About = "queues" | "agents";

function useReport(about: About, span: Span, bucket: Bucket) {
  return useQuery({
    queryKey: ["reports", about, span, bucket],
    staleTime: 0,
    placeholderData: keepPreviousData,
    queryFn: async (): Promise<{ about: About; report: QueueReport | AgentReport }> => {
      const query = { ...periodOf(span, new Date()), bucket, time_zone: zoneHere() };
      const report =
        about === "queues"
          ? await answer(api.GET("/v1/reports/queues", { params: { query } }))
          : await answer(api.GET("/v1/reports/agents", { params: { query } }));
      return { about, report };
    },
  });
}

/** Reports shows what queues and agents did in a time, as a table and as CSV. */
export function Reports() {
  const [about, setAbout] = useState<About>("queues");
  const [span, setSpan] = useState<Span>("today");
  const [bucket, setBucket] = useState<Bucket>("whole");
  const definitions = useDefinitions();
  const report = useReport(about, span, bucket);
  const shown = report.data;
  const figures = definitions.data?.[shown?.about ?? about];
  const failed = report.isError && !shown ? report : definitions.isError ? definitions : undefined;
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          Reports
        </Title>
        <SegmentedControl
          aria-label="Report on"
          value={about}
          onChange={(to) => setAbout(to as About)}
          data={[
            { value: "queues", label: "Queues" },
            { value: "agents", label: "Agents" },
          ]}
        />
      </Group>
      <div className="live-filters">
        <Select label="Period" allowDeselect={false} value={span} onChange={(v) => setSpan(v as Span)} data={spans} />
        <Select
          label="Divided by"
          allowDeselect={false}
          value={bucket}
          onChange={(v) => setBucket(v as Bucket)}
          data={[
            { value: "whole", label: "Not divided" },
            { value: "day", label: "Day" },
            { value: "hour", label: "Hour" },
          ]}
        />
      </div>
      <Text size="xs" c="dimmed" mb="sm">
        Times are in {zoneHere()}. Point at a figure’s name to read what it counts.
      </Text>
      {failed && <LoadError what="Could not load the report" error={failed.error} retry={() => void failed.refetch()} />}
      {!failed && !(shown && figures) && <SkeletonRows n={5} h={44} />}
      {shown && figures && <Shown about={shown.about} report={shown.report} figures={figures} />}
    </>
  );
}

function Shown({ about, report, figures }: { about: About; report: QueueReport | AgentReport; figures: Definition[] }) {
  const items: Row[] = report.items;
  const table = useMemo(
    () => tableOf(items, figures, report.bucket, about === "queues" ? "Queue" : "Agent"),
    [items, figures, report.bucket, about],
  );
  if (items.length === 0)
    return (
      <EmptyState title="Nothing happened in this period">Choose another period, or come back when conversations have arrived.</EmptyState>
    );
  return (
    <>
      {about === "queues" && report.bucket !== "whole" && <ReportChart of={report as QueueReport} />}
      <Group justify="flex-end" mb={4}>
        <Button size="xs" variant="default" onClick={() => save(`${about}-${report.from.slice(0, 10)}.csv`, csvOf(table))}>
          Download CSV
        </Button>
      </Group>
      <ReportTable about={about} table={table} figures={figures} />
    </>
  );
}

function ReportTable({ about, table, figures }: { about: About; table: string[][]; figures: Definition[] }) {
  const [head = [], ...lines] = table;
  const label = about === "queues" ? "Report on queues" : "Report on agents";
  const words = head.length - figures.length; // columns before the figures
  return (
    <ScrollTable label={label} minWidth={980}>
      <Table verticalSpacing="xs" highlightOnHover aria-label={label}>
        <Table.Thead>
          <Table.Tr>
            {head.map((text, i) => (
              <Table.Th key={text} ta={i < words ? "start" : "end"}>
                {i < words ? text : <FigureHead name={figures[i - words]?.name ?? ""} label={text} of={figures} />}
              </Table.Th>
            ))}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {lines.map((line, n) => (
            <Table.Tr key={n}>
              {line.map((text, i) => (
                <Table.Td key={i} ta={i < words ? "start" : "end"} className={i < words ? "clamp" : "nowrap"}>
                  {text}
                </Table.Td>
              ))}
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

/** save gives the browser a file to keep. */
function save(name: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
  URL.revokeObjectURL(url);
}
