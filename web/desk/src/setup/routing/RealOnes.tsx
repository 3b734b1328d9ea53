import { Alert, Badge, Button, Group, NativeSelect, Stack, Table, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { errorMessage } from "../../api/client";
import { channelName } from "../../conversation/labels";
import { ScrollTable } from "../../ui/ScrollTable";
import { formatDateTime } from "../../ui/time";
import { compare, mistakesOf, type Compared } from "./calls";
import { modelOf } from "./model";
import { goesTo, needs } from "./outcome";
import type { TryProps } from "./TryIt";

const day = 86_400_000;
const periods = {
  yesterday: { label: "Yesterday", days: 1, midnight: true },
  day: { label: "The last 24 hours", days: 1, midnight: false },
  week: { label: "The last 7 days", days: 7, midnight: false },
  month: { label: "The last 30 days", days: 30, midnight: false },
};
type Period = keyof typeof periods;

const atOnce = 500;

/** spanOf is a period as the API takes it, by this computer's days. */
function spanOf(period: Period): { from: string; until: string } {
  const { days, midnight } = periods[period];
  const until = midnight ? new Date(new Date().setHours(0, 0, 0, 0)) : new Date();
  return { from: new Date(until.getTime() - days * day).toISOString(), until: until.toISOString() };
}

/** RealOnes tries the draft with conversations of the past and shows which would go elsewhere. */
export function RealOnes({ workstream, form, names }: TryProps) {
  const [period, setPeriod] = useState<Period>("yesterday");
  const ask = useMutation({
    mutationFn: () => compare(workstream.id, { rules: modelOf(form.draft), ...spanOf(period), limit: atOnce }),
  });
  const wrong = Object.values(mistakesOf(ask.error));
  return (
    <Stack gap="md">
      <Text size="sm" maw={640}>
        Each conversation is decided about as it began, by the saved rules and by the draft. Hours count as they were then; how full queues
        were is not known.
      </Text>
      <Group gap="sm" align="flex-end">
        <NativeSelect
          label="Conversations of"
          data={Object.entries(periods).map(([value, { label }]) => ({ value, label }))}
          value={period}
          onChange={(e) => setPeriod(e.currentTarget.value as Period)}
        />
        <Button variant="default" loading={ask.isPending} onClick={() => ask.mutate()}>
          Compare
        </Button>
      </Group>
      <div role="status">
        {ask.isError && (
          <Alert color="red" title="Could not compare">
            {wrong.length > 0 ? `The rules have mistakes: ${wrong.join(" ")}` : errorMessage(ask.error)}
          </Alert>
        )}
        {ask.data && !ask.isPending && <Result got={ask.data} queue={names.queue} dirty={form.dirty} />}
      </div>
    </Stack>
  );
}

function summary({ checked, moved, reclassified, more }: Compared): string {
  if (checked === 0) return "No conversations began in this time.";
  const of = `${more ? "the newest " : ""}${checked} ${checked === 1 ? "conversation" : "conversations"}`;
  const same = reclassified > 0 ? ` ${reclassified} would stay in their queue and need something else.` : "";
  return `${moved} of ${of} would go elsewhere.${same}`;
}

function Result({ got, queue, dirty }: { got: Compared; queue: (id: string) => string; dirty: boolean }) {
  return (
    <Stack gap="sm">
      <Text size="sm" fw={600}>
        {summary(got)}
      </Text>
      {!dirty && got.checked > 0 && <Text size="sm">There are no changes to compare with: edit a rule above, then compare again.</Text>}
      {got.items.length > 0 && (
        <ScrollTable label="Conversations that differ" minWidth={640}>
          <Table aria-label="Conversations that differ" verticalSpacing="xs">
            <Table.Thead>
              <Table.Tr>
                <Table.Th>Conversation</Table.Th>
                <Table.Th>Saved rules</Table.Th>
                <Table.Th>Draft</Table.Th>
              </Table.Tr>
            </Table.Thead>
            <Table.Tbody>
              {got.items.map((c) => (
                <Table.Tr key={c.conversation_id}>
                  <Table.Td>
                    <Link to="/c/$id" params={{ id: c.conversation_id }} className="setup-inline">
                      {formatDateTime(c.created_at)}
                    </Link>
                    <Text size="xs" c="dimmed">
                      {channelName(c.channel)}
                    </Text>
                  </Table.Td>
                  <Side of={c.saved} queue={queue} />
                  <Side of={c.draft} queue={queue} moved={c.moved} />
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      )}
    </Stack>
  );
}

type RoutedTo = Compared["items"][number]["saved"];

function Side({ of, queue, moved }: { of: RoutedTo; queue: (id: string) => string; moved?: boolean }) {
  const asked = needs(of);
  return (
    <Table.Td>
      <Group gap={6}>
        <Text size="sm">{goesTo(of, queue)}</Text>
        {moved && (
          <Badge variant="outline" color="yellow" className="state">
            Elsewhere
          </Badge>
        )}
      </Group>
      <Text size="xs" c="dimmed">
        {of.rule ? `Rule ${of.rule}` : "No rule"}
        {asked && ` · ${asked}`}
      </Text>
    </Table.Td>
  );
}
