import { ActionIcon, Button, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";

import { options, type Queue } from "../lists";
import type { Share } from "./model";

interface Props {
  shares: Share[];
  set: (shares: Share[]) => void;
  queues: Queue[];
  error?: string;
}

/** evenly gives every queue the same share, as far as whole percents go. */
export const evenly = (shares: Share[]): Share[] =>
  shares.map((s, i) => ({ ...s, percent: Math.floor(100 / shares.length) + (i < 100 % shares.length ? 1 : 0) }));

/** SharesEditor edits which queues a rule sends to. */
export function SharesEditor({ shares, set, queues, error }: Props) {
  const left = queues.filter((q) => !shares.some((s) => s.queue === q.id));
  const total = shares.reduce((sum, s) => sum + s.percent, 0);
  const choices = (of: string) => options(queues.filter((q) => q.id === of || left.includes(q)));
  const gone = (id: string) => (queues.some((q) => q.id === id) ? [] : [{ value: id, label: "Select a queue" }]);
  return (
    <Stack gap="xs" align="flex-start" role="group" aria-label="Where it sends to">
      <Text size="sm" fw={600}>
        Then send to
      </Text>
      {shares.map((s, i) => (
        <div className="share-row" key={s.queue} style={{ width: "100%" }}>
          <NativeSelect
            aria-label={`Queue ${i + 1}`}
            data={[...gone(s.queue), ...choices(s.queue)]}
            value={s.queue}
            onChange={(e) => set(shares.with(i, { ...s, queue: e.currentTarget.value }))}
          />
          {shares.length > 1 ? (
            <TextInput
              aria-label={`Percent of queue ${i + 1}`}
              type="number"
              min={1}
              max={100}
              rightSection="%"
              value={s.percent || ""}
              onChange={(e) => set(shares.with(i, { ...s, percent: Math.round(Number(e.currentTarget.value)) }))}
            />
          ) : (
            <span />
          )}
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove queue ${i + 1}`}
            disabled={shares.length === 1}
            onClick={() => set(shares.length === 2 ? evenly(shares.toSpliced(i, 1)) : shares.toSpliced(i, 1))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </div>
      ))}
      {shares.length > 1 && (
        <Text size="sm" c={total === 100 ? "dimmed" : "var(--mantine-color-error)"} role="status">
          Together {total} %{total === 100 ? "" : ": it must be 100 %"}
        </Text>
      )}
      {error && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      {left[0] && (
        <Button size="xs" variant="default" onClick={() => left[0] && set(evenly([...shares, { queue: left[0].id, percent: 0 }]))}>
          Split between several queues
        </Button>
      )}
    </Stack>
  );
}
