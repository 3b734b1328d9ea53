import { Group, Paper, Table, Text, Title } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";

import { ScrollTable } from "../ui/ScrollTable";
import { LoadError, SkeletonRows } from "../ui/States";
import { formatDateTime } from "../ui/time";
import { nonEmpty, seriesList, formatBucket, axisMax, linePath, points, bucketFormat, totals, type Frame } from "./chartData";
import { formatCount } from "./labels";
import type { Campaign, Timeline as Figures } from "./types";
import { useTimeline } from "./useCampaigns";

/** DeliveryChart shows a campaign's deliveries over time, as lines and as a table. */
export function DeliveryChart({ c }: { c: Campaign }) {
  const timeline = useTimeline(c);
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        Delivery over time
      </Title>
      {timeline.isPending && <SkeletonRows n={1} h={180} />}
      {timeline.isError && !timeline.data && (
        <LoadError what="Could not load the chart" error={timeline.error} retry={() => void timeline.refetch()} />
      )}
      {timeline.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          No messages sent yet. Sent, delivered, read and failed messages will be charted here.
        </Text>
      )}
      {timeline.data && timeline.data.items.length > 0 && <ChartFigure of={timeline.data} />}
    </Paper>
  );
}

export function ChartFigure({ of }: { of: Figures }) {
  const sum = totals(of.items);
  const words = seriesList.map((k) => `${k.label} ${formatCount(sum[k.kind])}`).join(", ");
  return (
    <>
      <figure className="chart" aria-label={`Delivery over time: ${words}. The numbers are in the table below.`}>
        <Lines of={of} />
        <Group gap="md" mt="xs" component="figcaption">
          {seriesList.map((k) => (
            <Text key={k.kind} size="sm" className="nowrap" c={sum[k.kind] === 0 ? "dimmed" : undefined}>
              <svg width="26" height="10" aria-hidden>
                <line x1="1" x2="25" y1="5" y2="5" stroke={k.color} strokeWidth="3" strokeDasharray={k.dash} />
              </svg>{" "}
              {k.label} <b>{formatCount(sum[k.kind])}</b>
            </Text>
          ))}
        </Group>
      </figure>
      <Text size="xs" c="dimmed" mt="xs">
        Each point is {formatBucket(of.bucket_seconds)}. A message that was read is no longer counted as delivered.
      </Text>
      <ChartTable of={of} />
    </>
  );
}

const chartHeight = 200;

/** Lines are drawn at the width available, so that the labels keep their size on a phone. */
function Lines({ of }: { of: Figures }) {
  const { ref, width } = useElementSize();
  const wide = Math.max(240, Math.floor(width) || 600);
  const top = axisMax(of.items);
  const sum = totals(of.items);
  const left = 14 + 8 * formatCount(top).length;
  const frame: Frame = { left, top: 10, width: wide - left - 8, height: chartHeight - 36 };
  return (
    <div ref={ref} className="course" aria-hidden>
      <svg width={wide} height={chartHeight} viewBox={`0 0 ${String(wide)} ${String(chartHeight)}`}>
        <YAxis top={top} frame={frame} />
        <XAxis of={of} frame={frame} />
        {seriesList.map((k) => {
          if (sum[k.kind] === 0) return null; // a line along the bottom would look as if there were something
          const line = points(of.items, k.kind, frame);
          return (
            <g key={k.kind} className="course-line" stroke={k.color} fill={k.color}>
              <path d={linePath(line)} strokeDasharray={k.dash} />
              {line.map((p, i) => (of.items[i]?.[k.kind] ? <circle key={i} cx={p.x} cy={p.y} r={2.5} /> : null))}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function YAxis({ top, frame }: { top: number; frame: Frame }) {
  return [0, 0.5, 1].map((part) => {
    const y = frame.top + frame.height * (1 - part);
    return (
      <g key={part}>
        <line className="course-grid" x1={frame.left} x2={frame.left + frame.width} y1={y} y2={y} />
        <text x={frame.left - 8} y={y + 4} textAnchor="end">
          {formatCount(top * part)}
        </text>
      </g>
    );
  });
}

/** XAxis labels the first, the middle and the last bucket. */
function XAxis({ of, frame }: { of: Figures; frame: Frame }) {
  const last = of.items.length - 1;
  const format = bucketFormat(of.bucket_seconds);
  const at = [...new Set(last < 2 ? [0, last] : [0, Math.floor(last / 2), last])];
  const step = frame.width / of.items.length;
  return at.map((i) => (
    <text
      key={i}
      x={i === 0 && last > 0 ? frame.left : i === last && last > 0 ? frame.left + frame.width : frame.left + step * (i + 0.5)}
      y={chartHeight - 6}
      textAnchor={i === 0 && last > 0 ? "start" : i === last && last > 0 ? "end" : "middle"}
    >
      {format.format(new Date(of.items[i]?.at ?? 0))}
    </text>
  ));
}

function ChartTable({ of }: { of: Figures }) {
  return (
    <details className="numbers">
      <summary>Show as table</summary>
      <ScrollTable label="Delivery over time" minWidth={320}>
        <Table aria-label="Delivery over time">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>From</Table.Th>
              {seriesList.map((k) => (
                <Table.Th key={k.kind} ta="end">
                  {k.label}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {nonEmpty(of.items).map((b) => (
              <Table.Tr key={b.at}>
                <Table.Td>{of.bucket_seconds < 60 ? bucketFormat(1).format(new Date(b.at)) : formatDateTime(b.at)}</Table.Td>
                {seriesList.map((k) => (
                  <Table.Td key={k.kind} ta="end">
                    {formatCount(b[k.kind])}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollTable>
    </details>
  );
}
