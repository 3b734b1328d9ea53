import { Button, Group, Modal, Stack, TextInput } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import type { Queue } from "../lists";
import type { Attribute, Known } from "./attributes";
import { checkWhen, ConditionEditor, whenOf, type When } from "./ConditionEditor";
import type { Rule } from "./model";
import { OutputsEditor, type Outputs } from "./OutputsEditor";
import { SharesEditor } from "./SharesEditor";

export interface Vocabulary {
  attributes: Attribute[];
  known: Known;
  queues: Queue[];
}

interface Props {
  rule: Rule;
  route: boolean;
  isNew: boolean;
  taken: string[]; // names of the other rules
  vocabulary: Vocabulary;
  mistakes: Record<string, string>; // of the API, by field: when, queues, set.priority
  apply: (rule: Rule) => void;
  close: () => void;
}

/** RuleEditor edits one rule in a dialog. It is part of the draft then, and not saved yet. */
export function RuleEditor(props: Props) {
  const { isNew, route, close } = props;
  const title = isNew ? "Add a rule" : "Edit rule";
  return (
    <Modal opened onClose={close} title={title} size="lg" closeButtonProps={{ "aria-label": "Close" }}>
      <Form key={String(route)} {...props} />
    </Modal>
  );
}

function Form({ rule, route, isNew, taken, vocabulary, mistakes, apply, close }: Props) {
  const { attributes, known, queues } = vocabulary;
  const [name, setName] = useState(rule.name);
  const [when, setWhen] = useState(() => whenOf(rule.when, attributes));
  const [shares, setShares] = useState(rule.queues);
  const [outputs, setOutputs] = useState<Outputs>(() => Object.entries(rule.set));
  const [wrong, setWrong] = useState(mistakes);
  const check = (): Record<string, string> => {
    const out: Record<string, string> = {};
    const condition = checkWhen(when);
    if (!name.trim()) out["name"] = "Name is required.";
    else if (taken.includes(name.trim())) out["name"] = "Another rule of this list has this name.";
    if (condition) out["when"] = condition;
    if (route && shares.reduce((sum, s) => sum + s.percent, 0) !== 100) out["queues"] = "The shares must be 100 % together.";
    for (const [key, value] of outputs) if (typeof value === "object" && !value.expr.trim()) out[`set.${key}`] = "Write an expression.";
    return out;
  };
  const changeWhen = (next: When) => {
    setWhen(next);
    setWrong(({ when: _, ...rest }) => rest); // it is judged again when it is applied
  };
  const onSubmit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    const problems = check();
    setWrong(problems);
    if (Object.keys(problems).length > 0) return;
    const source = when.source.trim() === "" ? "" : when.source;
    apply({ name: name.trim(), when: source, queues: shares, set: Object.fromEntries(outputs) });
  };
  return (
    <form onSubmit={onSubmit} aria-label="Rule" noValidate>
      <Stack gap="lg">
        <TextInput
          label="Name"
          required
          maxLength={100}
          data-autofocus
          error={wrong["name"]}
          value={name}
          onChange={(e) => setName(e.currentTarget.value)}
        />
        <ConditionEditor when={when} set={changeWhen} attributes={attributes} error={wrong["when"]} />
        {route ? (
          <SharesEditor shares={shares} set={setShares} queues={queues} error={wrong["queues"]} />
        ) : (
          <OutputsEditor outputs={outputs} set={setOutputs} known={known} wrong={(key) => wrong[`set.${key}`]} />
        )}
        <Group justify="flex-end">
          <Button variant="default" onClick={close}>
            Cancel
          </Button>
          <Button type="submit">{isNew ? "Add to the draft" : "Change the draft"}</Button>
        </Group>
      </Stack>
    </form>
  );
}
