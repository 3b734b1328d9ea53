import { ActionIcon, Button, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";

import type { Known } from "./attributes";
import type { Value } from "./model";

export type Outputs = [key: string, value: Value][];

interface Props {
  outputs: Outputs;
  set: (outputs: Outputs) => void;
  known: Known;
  wrong: (key: string) => string | undefined;
}

interface Output {
  key: string;
  label: string;
  kind: "text" | "number";
  choices?: string[];
}

const outputsOf = ({ variables, skills, profiles }: Known): Output[] => [
  { key: "priority", label: "Priority", kind: "number" },
  { key: "capacity_profile", label: "Capacity profile", kind: "text", choices: profiles.map((p) => p.name) },
  ...skills.map((s): Output => ({ key: `skill.${s.name}`, label: `Skill ${s.name}`, kind: "number" })),
  ...variables.map((v): Output => ({ key: `context.${v.name}`, label: `Context ${v.name}`, kind: v.type })),
];

/** OutputsEditor edits what a rule that classifies sets. */
export function OutputsEditor({ outputs, set, known, wrong }: Props) {
  const all = outputsOf(known);
  const of = (key: string): Output => all.find((o) => o.key === key) ?? { key, label: key, kind: "text" };
  const left = all.filter((o) => !outputs.some(([key]) => key === o.key));
  const begin = (o: Output): Value => (o.kind === "text" ? (o.choices?.[0] ?? "") : o.key === "priority" ? 100 : 5);
  const add = () => left[0] && set([...outputs, [left[0].key, begin(left[0])]]);
  return (
    <Stack gap="xs" align="flex-start" role="group" aria-label="What it sets">
      <Text size="sm" fw={600}>
        Then set
      </Text>
      {outputs.map(([key, value], i) => (
        <div className="test-row" key={key} style={{ width: "100%" }}>
          <NativeSelect
            aria-label={`Output ${i + 1}`}
            data={[of(key), ...left].map((o) => ({ value: o.key, label: o.label }))}
            value={key}
            onChange={(e) => set(outputs.with(i, [e.currentTarget.value, begin(of(e.currentTarget.value))]))}
          />
          <NativeSelect
            aria-label={`Output ${i + 1}: how`}
            data={[
              { value: "to", label: "to" },
              { value: "expr", label: "to the result of" },
            ]}
            value={typeof value === "object" ? "expr" : "to"}
            onChange={(e) =>
              set(outputs.with(i, [key, e.currentTarget.value === "expr" ? { expr: key === "priority" ? key : "" } : begin(of(key))]))
            }
          />
          <OutputValue n={i + 1} output={of(key)} value={value} set={(next) => set(outputs.with(i, [key, next]))} error={wrong(key)} />
          <ActionIcon
            variant="subtle"
            color="gray"
            size="lg"
            aria-label={`Remove output ${i + 1}`}
            onClick={() => set(outputs.toSpliced(i, 1))}
          >
            <IconTrash size={16} />
          </ActionIcon>
        </div>
      ))}
      <Button size="xs" variant="default" disabled={left.length === 0} onClick={add}>
        Add an output
      </Button>
      <Text size="xs" c="dimmed">
        A lower priority number comes first; 100 is the usual one. A skill is asked for with the rating that somebody needs, 0 to 100.
      </Text>
    </Stack>
  );
}

interface ValueProps {
  n: number;
  output: Output;
  value: Value;
  set: (value: Value) => void;
  error?: string;
}

function OutputValue({ n, output, value, set, error }: ValueProps) {
  const label = `Output ${n}: value`;
  if (typeof value === "object")
    return (
      <TextInput
        aria-label={label}
        className="expression"
        spellCheck={false}
        placeholder={output.kind === "number" ? "priority - 50" : "lower(contact.language)"}
        error={error}
        value={value.expr}
        onChange={(e) => set({ expr: e.currentTarget.value })}
      />
    );
  if (output.choices && output.choices.length > 0)
    return (
      <NativeSelect
        aria-label={label}
        data={output.choices.includes(String(value)) ? output.choices : [String(value), ...output.choices]}
        error={error}
        value={String(value)}
        onChange={(e) => set(e.currentTarget.value)}
      />
    );
  return (
    <TextInput
      aria-label={label}
      type={output.kind}
      step="any"
      error={error}
      value={String(value)}
      onChange={(e) => set(output.kind === "number" ? Number(e.currentTarget.value) : e.currentTarget.value)}
    />
  );
}
