import { Button, Group, Progress, Table, Text } from "@mantine/core";
import { useState } from "react";

import { ScrollTable } from "../ui/ScrollTable";
import { useNow } from "../ui/time";
import { type Bulk, dismissBulk, stopBulk, useBulk } from "./bulk";
import { SteerDialog } from "./SteerDialog";
import type { LiveConversation } from "./useLiveData";

interface Props {
  selected: readonly LiveConversation[];
  clear: () => void;
}

/** BulkBar changes the selected conversations together, and shows how it goes. */
export function BulkBar({ selected, clear }: Props) {
  const bulk = useBulk();
  const [dialog, setDialog] = useState<"assign" | "move" | "force-close" | null>(null);
  if (!bulk && selected.length === 0) return null;
  return (
    <section className="bulk-bar" aria-label="Selected conversations">
      {bulk ? (
        <Running bulk={bulk} />
      ) : (
        <Group gap="sm">
          <Text size="sm" fw={600} role="status">
            {selected.length} selected
          </Text>
          <Button size="xs" variant="default" onClick={() => setDialog("assign")}>
            Assign to agent…
          </Button>
          <Button size="xs" variant="default" onClick={() => setDialog("move")}>
            Move to queue…
          </Button>
          <Button size="xs" variant="default" color="red" onClick={() => setDialog("force-close")}>
            Force-close…
          </Button>
          <Button size="xs" variant="subtle" onClick={clear}>
            Clear selection
          </Button>
        </Group>
      )}
      {dialog && (
        <SteerDialog
          what={dialog}
          list={selected}
          close={() => setDialog(null)}
          done={() => {
            setDialog(null);
            clear();
          }}
        />
      )}
    </section>
  );
}

function Running({ bulk }: { bulk: Bulk }) {
  const now = useNow();
  const refused = [...bulk.outcomes.values()].filter((o) => o.error);
  const all = bulk.items.length;
  const changed = bulk.outcomes.size - refused.length;
  if (bulk.step === "waiting")
    return (
      <Group gap="sm">
        <Text size="sm" role="status">
          {bulk.title}
        </Text>
        <Text size="sm" c="dimmed" aria-hidden>
          in {Math.max(0, Math.ceil((bulk.startsAt - now) / 1000))} s
        </Text>
        <Button size="xs" onClick={stopBulk}>
          Undo
        </Button>
      </Group>
    );
  const left = all - bulk.outcomes.size;
  return (
    <>
      <Group gap="sm" mb={6}>
        <Text size="sm" fw={600} role="status">
          {bulk.title}: {changed} changed
          {refused.length > 0 && `, ${String(refused.length)} refused`}
          {bulk.step === "stopped" && left > 0 && `, ${String(left)} left as they were`}
        </Text>
        {bulk.step === "running" ? (
          <Button size="xs" variant="default" onClick={stopBulk}>
            Stop
          </Button>
        ) : (
          <Button size="xs" variant="default" onClick={dismissBulk}>
            Done
          </Button>
        )}
      </Group>
      <Progress value={all === 0 ? 100 : (100 * bulk.outcomes.size) / all} aria-label="Progress" size="sm" />
      {bulk.step !== "running" && <Outcomes bulk={bulk} />}
    </>
  );
}

const mostShown = 500; // outcomes that are listed one by one, those refused first

function Outcomes({ bulk }: { bulk: Bulk }) {
  const words = (id: string) => {
    const o = bulk.outcomes.get(id);
    return o ? (o.error ?? "Changed") : "Left as it was";
  };
  const rank = (id: string) => (bulk.outcomes.get(id)?.error ? 0 : bulk.outcomes.has(id) ? 2 : 1);
  const list = [...bulk.items].sort((a, b) => rank(a.id) - rank(b.id)).slice(0, mostShown);
  return (
    <details className="numbers">
      <summary>Outcome of each</summary>
      <div style={{ maxHeight: 240, overflowY: "auto" }} tabIndex={0} role="group" aria-label="Outcomes">
        <ScrollTable label="Outcome" minWidth={320}>
          <Table aria-label="Outcome">
            <Table.Tbody>
              {list.map((i) => (
                <Table.Tr key={i.id}>
                  <Table.Th scope="row">{i.name}</Table.Th>
                  <Table.Td>{words(i.id)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </ScrollTable>
      </div>
      {bulk.items.length > mostShown && (
        <Text size="xs" c="dimmed">
          And {bulk.items.length - mostShown} more.
        </Text>
      )}
    </details>
  );
}
