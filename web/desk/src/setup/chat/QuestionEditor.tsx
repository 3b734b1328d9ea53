import { ActionIcon, Button, Checkbox, Group, NativeSelect, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconArrowDown, IconArrowUp } from "@tabler/icons-react";

import { languageName } from "../messages/languages";
import { checks, types, type Question } from "./survey";

interface Props {
  q: Question;
  n: number; // its place, from 1
  last: boolean;
  language: string;
  problem: string | undefined;
  change: (q: Question) => void;
  move: (by: -1 | 1) => void;
  remove: () => void;
}

/** QuestionEditor is one question that a visitor answers before the chat. */
export function QuestionEditor({ q, n, last, language, problem, change, move, remove }: Props) {
  const set = (more: Partial<Question>) => change({ ...q, ...more });
  return (
    <fieldset className="question" aria-label={`Question ${n}`}>
      <Stack gap="sm">
        <Group justify="space-between" wrap="nowrap">
          <Text size="sm" fw={600}>
            Question {n}
          </Text>
          <Group gap={4} wrap="nowrap">
            <ActionIcon variant="subtle" color="gray" disabled={n === 1} onClick={() => move(-1)} aria-label={`Move question ${n} up`}>
              <IconArrowUp size={16} />
            </ActionIcon>
            <ActionIcon variant="subtle" color="gray" disabled={last} onClick={() => move(1)} aria-label={`Move question ${n} down`}>
              <IconArrowDown size={16} />
            </ActionIcon>
            <Button size="compact-sm" variant="default" onClick={remove} aria-label={`Remove question ${n}`}>
              Remove
            </Button>
          </Group>
        </Group>
        <TextInput
          label={`Question in ${languageName(language)}`}
          value={q.label[language] ?? ""}
          maxLength={512}
          error={problem}
          onChange={(e) => set({ label: { ...q.label, [language]: e.currentTarget.value } })}
        />
        <Kind q={q} set={set} />
      </Stack>
    </fieldset>
  );
}

function Kind({ q, set }: { q: Question; set: (more: Partial<Question>) => void }) {
  return (
    <>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="sm">
        <NativeSelect
          label="Answer"
          data={types}
          value={q.type}
          onChange={(e) => set({ type: e.currentTarget.value as Question["type"] })}
        />
        <TextInput
          label="Name of the answer"
          description="In rules and in the conversation."
          value={q.name}
          maxLength={100}
          spellCheck={false}
          onChange={(e) => set({ name: e.currentTarget.value })}
        />
      </SimpleGrid>
      {q.type === "options" && (
        <Textarea
          label="Choices"
          description="One a line."
          autosize
          minRows={2}
          value={(q.options ?? []).join("\n")}
          onChange={(e) => set({ options: e.currentTarget.value.split("\n") })}
        />
      )}
      {q.type === "text" && (
        <NativeSelect
          label="Must be"
          data={checks}
          value={q.check ?? ""}
          onChange={(e) => set({ check: e.currentTarget.value as Question["check"] })}
        />
      )}
      <Group gap="lg">
        <Checkbox
          label="Required"
          checked={q.type === "consent" || q.required === true}
          disabled={q.type === "consent"}
          onChange={(e) => set({ required: e.currentTarget.checked })}
        />
        {q.type === "text" && (
          <Checkbox
            label="It is the visitor’s name"
            checked={q.meaning === "name"}
            onChange={(e) => set({ meaning: e.currentTarget.checked ? "name" : "" })}
          />
        )}
      </Group>
    </>
  );
}
