import { Badge, Group, SegmentedControl, Table, Text, Title } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { channelName } from "../conversation/labels";
import { ScrollTable } from "../ui/ScrollTable";
import { LoadError, SkeletonRows } from "../ui/States";
import { formatClock, formatDuration, useNow } from "../ui/time";
import { FigureHead } from "./FigureHead";
import { figureLabels, figures } from "./labels";
import { type By, type Figure, type Filter, type LiveBoard, type LiveFigures, type LiveRow, useBoard, useDefinitions } from "./useLiveData";

/** Wallboard shows how many conversations stand how. Each number opens the list that it counts. */
export function Wallboard() {
  const [by, setBy] = useState<By>("queue");
  const board = useBoard(by);
  return (
    <>
      <Group justify="space-between" mb="md">
        <Title order={2} size="h4">
          Right now
        </Title>
        <SegmentedControl
          aria-label="Group by"
          value={by}
          onChange={(to) => setBy(to as By)}
          data={[
            { value: "queue", label: "Queues" },
            { value: "channel", label: "Channels" },
            { value: "workstream", label: "Workstreams" },
          ]}
        />
      </Group>
      {board.isError && !board.data && (
        <LoadError what="Could not load the figures" error={board.error} retry={() => void board.refetch()} />
      )}
      {board.isPending && <SkeletonRows n={4} h={64} />}
      {board.data && (
        <>
          <Tiles of={board.data} />
          <BoardTable of={board.data} />
        </>
      )}
    </>
  );
}

function Tiles({ of }: { of: LiveBoard }) {
  const waits = of.total.longest_waiting_since;
  return (
    <div className="live-tiles" role="group" aria-label="All together">
      {figures.map((f) => (
        <Link key={f} to="/live/conversations" search={{ figure: f }} className="live-tile">
          <Text span size="sm" c="dimmed">
            {figureLabels[f]}
          </Text>
          <b>{of.total[f]}</b>
        </Link>
      ))}
      <Link to="/live/conversations" search={{ figure: "waiting", order: "wait" }} className="live-tile">
        <Text span size="sm" c="dimmed">
          Longest wait
        </Text>
        <b>
          <Since at={waits} />
        </b>
      </Link>
    </div>
  );
}

/** Since counts up from a moment. */
export function Since({ at }: { at: string | null }) {
  const now = useNow();
  return at ? formatClock(now - new Date(at).getTime()) : "–";
}

function filterOf(row: LiveRow, by: By): Filter {
  if (by === "channel") return row.name ? { channel: row.name } : {};
  if (by === "workstream") return row.id ? { workstream_id: row.id } : {};
  return { queue_id: row.id ?? "none" };
}

const nameOf = (row: LiveRow, by: By): string => (row.name === null ? "No queue yet" : by === "channel" ? channelName(row.name) : row.name);

function BoardTable({ of }: { of: LiveBoard }) {
  const definitions = useDefinitions().data?.live;
  const queues = of.by === "queue";
  if (of.rows.length === 0)
    return (
      <Text size="sm" c="dimmed">
        No ongoing conversations.
      </Text>
    );
  return (
    <ScrollTable label="Figures" minWidth={900}>
      <Table verticalSpacing="xs" highlightOnHover aria-label="Figures">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>{queues ? "Queue" : of.by === "channel" ? "Channel" : "Workstream"}</Table.Th>
            {figures.map((f) => (
              <Table.Th key={f} ta="end">
                <FigureHead name={f} label={figureLabels[f]} of={definitions} />
              </Table.Th>
            ))}
            <Table.Th ta="end">Longest wait</Table.Th>
            {queues && <Table.Th ta="end">Expected wait</Table.Th>}
            {queues && <Table.Th ta="end">Agents available</Table.Th>}
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {of.rows.map((row) => (
            <BoardRow key={row.id ?? row.name ?? ""} row={row} by={of.by} />
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

function BoardRow({ row, by }: { row: LiveRow; by: By }) {
  const name = nameOf(row, by);
  return (
    <Table.Tr>
      <Table.Th scope="row" maw={240} className="clamp">
        <Level of={row} /> {name}
      </Table.Th>
      {figures.map((f) => (
        <Table.Td key={f} ta="end">
          <Number figure={f} of={row.figures} filter={filterOf(row, by)} name={name} />
        </Table.Td>
      ))}
      <Table.Td ta="end">
        <Since at={row.figures.longest_waiting_since} />
      </Table.Td>
      {by === "queue" && (
        <>
          <Table.Td ta="end">{row.expected_wait_seconds === null ? "–" : formatDuration(row.expected_wait_seconds * 1000)}</Table.Td>
          <Table.Td ta="end" className="nowrap">
            {row.id === null ? "–" : `${String(row.agents_available ?? 0)} of ${String(row.agents_online ?? 0)} online`}
          </Table.Td>
        </>
      )}
    </Table.Tr>
  );
}

/** Level says with a word, besides its colour, that a queue has crossed a threshold. */
function Level({ of }: { of: LiveRow }) {
  if (of.level === "normal") return null;
  return (
    <Badge variant="outline" color={of.level === "red" ? "red" : "yellow"} className="state" size="sm">
      {of.level === "red" ? "Red" : "Amber"}
    </Badge>
  );
}

function Number({ figure, of, filter, name }: { figure: Figure; of: LiveFigures; filter: Filter; name: string }) {
  const n = of[figure];
  return (
    <Link
      to="/live/conversations"
      search={{ ...filter, figure }}
      className="live-number"
      data-none={n === 0 || undefined}
      aria-label={`${figureLabels[figure]} in ${name}: ${String(n)}`}
    >
      {n}
    </Link>
  );
}
