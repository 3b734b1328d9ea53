import { Group, Paper, Table, Text, Title } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";

import { Failed, Rows } from "../ui/States";
import { fullTime } from "../ui/time";
import { busy, kinds, lengthOf, most, pathOf, points, timeIn, totals, type Frame } from "./chartData";
import type { Campaign, Course as Figures } from "./types";
import { useCourse } from "./useCampaigns";
import { Wide } from "../ui/ScrollTable";
import { count } from "./labels";

/** Course is how a campaign went over time, as lines and, for who wants the numbers, as a table. */
export function Course({ c }: { c: Campaign }) {
  const course = useCourse(c);
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        Over time
      </Title>
      {course.isPending && <Rows n={1} h={180} />}
      {course.isError && !course.data && (
        <Failed what="The course cannot be read" error={course.error} again={() => void course.refetch()} />
      )}
      {course.data?.items.length === 0 && (
        <Text size="sm" c="dimmed">
          Nothing was sent yet. How many were sent, delivered, read and failed, and when, will be here.
        </Text>
      )}
      {course.data && course.data.items.length > 0 && <Drawn of={course.data} />}
    </Paper>
  );
}

export function Drawn({ of }: { of: Figures }) {
  const sum = totals(of.items);
  const words = kinds.map((k) => `${k.label} ${count(sum[k.kind])}`).join(", ");
  return (
    <>
      <figure className="chart" aria-label={`Over time: ${words}. The table below has the numbers.`}>
        <Lines of={of} />
        <Group gap="md" mt="xs" component="figcaption">
          {kinds.map((k) => (
            <Text key={k.kind} size="sm" className="nowrap" c={sum[k.kind] === 0 ? "dimmed" : undefined}>
              <svg width="26" height="10" aria-hidden>
                <line x1="1" x2="25" y1="5" y2="5" stroke={k.color} strokeWidth="3" strokeDasharray={k.dash} />
              </svg>{" "}
              {k.label} <b>{count(sum[k.kind])}</b>
            </Text>
          ))}
        </Group>
      </figure>
      <Text size="xs" c="dimmed" mt="xs">
        Each point is {lengthOf(of.bucket_seconds)}. Who has read a message counts as read only: when it was delivered before is not kept.
      </Text>
      <Numbers of={of} />
    </>
  );
}

const tall = 200;

/** Lines are drawn as wide as there is room, so that words keep their size on a telephone. */
function Lines({ of }: { of: Figures }) {
  const { ref, width } = useElementSize();
  const wide = Math.max(240, Math.floor(width) || 600);
  const top = most(of.items);
  const sum = totals(of.items);
  const left = 14 + 8 * count(top).length;
  const frame: Frame = { left, top: 10, width: wide - left - 8, height: tall - 36 };
  return (
    <div ref={ref} className="course" aria-hidden>
      <svg width={wide} height={tall} viewBox={`0 0 ${String(wide)} ${String(tall)}`}>
        <Scale top={top} frame={frame} />
        <Times of={of} frame={frame} />
        {kinds.map((k) => {
          if (sum[k.kind] === 0) return null; // a line along the bottom would look as if there were something
          const line = points(of.items, k.kind, frame);
          return (
            <g key={k.kind} className="course-line" stroke={k.color} fill={k.color}>
              <path d={pathOf(line)} strokeDasharray={k.dash} />
              {line.map((p, i) => (of.items[i]?.[k.kind] ? <circle key={i} cx={p.x} cy={p.y} r={2.5} /> : null))}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function Scale({ top, frame }: { top: number; frame: Frame }) {
  return [0, 0.5, 1].map((part) => {
    const y = frame.top + frame.height * (1 - part);
    return (
      <g key={part}>
        <line className="course-grid" x1={frame.left} x2={frame.left + frame.width} y1={y} y2={y} />
        <text x={frame.left - 8} y={y + 4} textAnchor="end">
          {count(top * part)}
        </text>
      </g>
    );
  });
}

/** Times are those of the first, the middle and the last bucket; of few, what there is room for. */
function Times({ of, frame }: { of: Figures; frame: Frame }) {
  const last = of.items.length - 1;
  const format = timeIn(of.bucket_seconds);
  const at = [...new Set(last < 2 ? [0, last] : [0, Math.floor(last / 2), last])];
  const step = frame.width / of.items.length;
  return at.map((i) => (
    <text
      key={i}
      x={i === 0 && last > 0 ? frame.left : i === last && last > 0 ? frame.left + frame.width : frame.left + step * (i + 0.5)}
      y={tall - 6}
      textAnchor={i === 0 && last > 0 ? "start" : i === last && last > 0 ? "end" : "middle"}
    >
      {format.format(new Date(of.items[i]?.at ?? 0))}
    </text>
  ));
}

function Numbers({ of }: { of: Figures }) {
  return (
    <details className="numbers">
      <summary>The numbers as a table</summary>
      <Wide label="Over time" minWidth={320}>
        <Table aria-label="Over time">
          <Table.Thead>
            <Table.Tr>
              <Table.Th>From</Table.Th>
              {kinds.map((k) => (
                <Table.Th key={k.kind} ta="end">
                  {k.label}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {busy(of.items).map((b) => (
              <Table.Tr key={b.at}>
                <Table.Td>{of.bucket_seconds < 60 ? timeIn(1).format(new Date(b.at)) : fullTime(b.at)}</Table.Td>
                {kinds.map((k) => (
                  <Table.Td key={k.kind} ta="end">
                    {count(b[k.kind])}
                  </Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </Wide>
    </details>
  );
}
