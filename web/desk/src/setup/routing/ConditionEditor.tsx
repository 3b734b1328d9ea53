import { ActionIcon, Button, Checkbox, Group, NativeSelect, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useId } from "react";

import type { Attribute, Kind } from "./attributes";
import { fits, needsValue, operators, read, takesMany, write, type Condition, type Operator, type Test } from "./conditions";

/** When is a condition while it is edited: as tests, or as the expression that the API keeps. */
export interface When {
  condition: Condition | null; // null: it is edited as an expression
  source: string;
}

/** whenOf is how a rule's condition is edited to begin with. */
export function whenOf(source: string, attributes: Attribute[]): When {
  const condition = read(source);
  return { condition: condition && fits(condition, attributes) ? condition : null, source };
}

/** valuesOf are a test's values without empty lines. */
const valuesOf = (t: Test): string[] => t.values.map((v) => v.trim()).filter((v) => v !== "");

/** checkWhen says what is missing. */
export function checkWhen({ condition }: When): string | undefined {
  const empty = condition?.tests.some((t) => needsValue(t.operator) && valuesOf(t).length === 0);
  return empty ? "Give every condition a value, or choose “is empty”." : undefined;
}

interface Props {
  when: When;
  set: (when: When) => void;
  attributes: Attribute[];
  error?: string;
}

/** whole is a test without the lines that are still empty. */
const whole = (t: Test): Test => (takesMany(t.operator) ? { ...t, values: valuesOf(t) } : t);

const always: Condition = { join: "and", tests: [] };

/** ConditionEditor edits when a rule applies. */
export function ConditionEditor({ when, set, attributes, error }: Props) {
  const kindOf = (path: string): Kind => attributes.find((a) => a.path === path)?.kind ?? "text";
  const { condition, source } = when;
  const change = (next: Condition) => set({ condition: next, source: write({ ...next, tests: next.tests.map(whole) }, kindOf) });
  if (!condition) {
    const readable = read(source);
    const simple = readable && fits(readable, attributes) ? readable : null;
    return (
      <Stack gap="xs" align="stretch">
        <Textarea
          label="If this expression is true"
          description={'For example: contact.language startsWith "nl" and (context.tier == "gold" or time.hour < 8)'}
          className="expression"
          autosize
          minRows={2}
          maxLength={4000}
          spellCheck={false}
          error={error}
          value={source}
          onChange={(e) => set({ condition: null, source: e.currentTarget.value })}
        />
        <Group gap="sm">
          <Button size="xs" variant="default" disabled={!simple} onClick={() => simple && change(simple)}>
            Edit as conditions
          </Button>
          {!simple && (
            <Text size="xs" c="dimmed">
              This expression does more than the list of conditions can show.
            </Text>
          )}
        </Group>
      </Stack>
    );
  }
  const { join, tests } = condition;
  const first = attributes[0];
  const add = () => first && change({ join, tests: [...tests, { path: first.path, operator: "is", values: [] }] });
  return (
    <Stack gap="xs" align="flex-start" role="group" aria-label="Conditions">
      {tests.length > 1 ? (
        <NativeSelect
          aria-label="How many conditions must hold"
          data={[
            { value: "and", label: "If all of these hold" },
            { value: "or", label: "If any of these holds" },
          ]}
          value={join}
          onChange={(e) => change({ join: e.currentTarget.value === "or" ? "or" : "and", tests })}
        />
      ) : (
        <Text size="sm">{tests.length === 0 ? "It always applies." : "If this holds"}</Text>
      )}
      {tests.map((t, i) => (
        <TestRow
          key={i}
          n={i + 1}
          test={t}
          attributes={attributes}
          change={(next) => change({ join, tests: tests.with(i, next) })}
          remove={() => change({ join, tests: tests.toSpliced(i, 1) })}
        />
      ))}
      {error && (
        <Text size="sm" c="var(--mantine-color-error)" role="alert">
          {error}
        </Text>
      )}
      <Group gap="sm">
        <Button size="xs" variant="default" onClick={add}>
          Add a condition
        </Button>
        <Button size="xs" variant="default" onClick={() => set({ condition: null, source: write(condition ?? always, kindOf) })}>
          Edit as an expression
        </Button>
      </Group>
    </Stack>
  );
}

interface RowProps {
  n: number;
  test: Test;
  attributes: Attribute[];
  change: (test: Test) => void;
  remove: () => void;
}

function TestRow({ n, test, attributes, change, remove }: RowProps) {
  const attribute = attributes.find((a) => a.path === test.path);
  const kind = attribute?.kind ?? "text";
  const groups = [...new Set(attributes.map((a) => a.group))].map((group) => ({
    group,
    items: attributes.filter((a) => a.group === group).map((a) => ({ value: a.path, label: a.label })),
  }));
  const choose = (path: string) => {
    const next = attributes.find((a) => a.path === path)?.kind ?? "text";
    const same = operators[next].some((o) => o.value === test.operator);
    change({ path, operator: same ? test.operator : (operators[next][0]?.value ?? "is"), values: [] });
  };
  const operate = (operator: Operator) =>
    change({ ...test, operator, values: takesMany(operator) ? test.values : test.values.slice(0, 1) });
  return (
    <div className="test-row" style={{ width: "100%" }}>
      <NativeSelect aria-label={`Condition ${n}: what`} data={groups} value={test.path} onChange={(e) => choose(e.currentTarget.value)} />
      <NativeSelect
        aria-label={`Condition ${n}: how`}
        data={operators[kind]}
        value={test.operator}
        onChange={(e) => operate(e.currentTarget.value as Operator)}
      />
      {needsValue(test.operator) ? (
        <Values n={n} test={test} attribute={attribute} set={(values) => change({ ...test, values })} />
      ) : (
        <span />
      )}
      <ActionIcon variant="subtle" color="gray" size="lg" aria-label={`Remove condition ${n}`} onClick={remove}>
        <IconTrash size={16} />
      </ActionIcon>
    </div>
  );
}

interface ValuesProps {
  n: number;
  test: Test;
  attribute: Attribute | undefined;
  set: (values: string[]) => void;
}

function Values({ n, test, attribute, set }: ValuesProps) {
  const list = useId();
  const label = `Condition ${n}: value`;
  const known = attribute?.values ?? [];
  const closed = attribute?.closed === true && known.some((k) => k.value === test.values[0] || !test.values[0]);
  if (takesMany(test.operator)) return <ManyValues label={label} attribute={attribute} values={test.values} set={set} />;
  const value = test.values[0] ?? "";
  if (closed)
    return (
      <NativeSelect
        aria-label={label}
        data={[{ value: "", label: "Select" }, ...known]}
        value={value}
        onChange={(e) => set([e.currentTarget.value])}
      />
    );
  return (
    <>
      <TextInput
        aria-label={label}
        type={attribute?.kind === "number" ? "number" : "text"}
        step="any"
        autoComplete="off"
        list={known.length > 0 ? list : undefined}
        value={value}
        onChange={(e) => set([e.currentTarget.value])}
      />
      {known.length > 0 && (
        <datalist id={list}>
          {known.map((k) => (
            <option key={k.value} value={k.value}>
              {k.label}
            </option>
          ))}
        </datalist>
      )}
    </>
  );
}

interface ManyProps {
  label: string;
  attribute: Attribute | undefined;
  values: string[];
  set: (values: string[]) => void;
}

function ManyValues({ label, attribute, values, set }: ManyProps) {
  if (attribute?.closed)
    return (
      <Checkbox.Group aria-label={label} value={values} onChange={set}>
        <Group gap="xs">
          {attribute.values?.map((k) => (
            <Checkbox key={k.value} value={k.value} label={k.label} />
          ))}
        </Group>
      </Checkbox.Group>
    );
  return (
    <Textarea
      aria-label={label}
      placeholder="One a line"
      autosize
      minRows={2}
      spellCheck={false}
      value={values.join("\n")}
      onChange={(e) => set(e.currentTarget.value.split("\n"))}
    />
  );
}
