import { ActionIcon, Button, Group, Menu, Modal, Stack, Text, TextInput, Title } from "@mantine/core";
import { IconDots } from "@tabler/icons-react";
import { type SubmitEvent, useState } from "react";

import { freeName, moved, withRules, type Part, type Where } from "./model";
import { RuleList } from "./RuleList";
import type { Names } from "./sentence";
import type { RoutingDraft } from "./useRoutingDraft";

interface Props {
  form: RoutingDraft;
  names: Names;
  mistakes: (where: Where) => (at: number) => string[];
  edit: (where: Where) => (at: number) => void;
  add: (where: Where) => void;
}

/** Rulesets find out what a conversation needs, one after the other. */
export function Rulesets({ form, names, mistakes, edit, add }: Props) {
  const { draft, change } = form;
  const [naming, setNaming] = useState<number | null>(null);
  const addSet = () => {
    const name = freeName(
      "New ruleset",
      draft.sets.map((s) => s.name),
    );
    change({ ...draft, sets: [...draft.sets, { name, rules: [] }] });
    setNaming(draft.sets.length);
  };
  const rename = (at: number, name: string) => {
    change({ ...draft, sets: draft.sets.map((s, i) => (i === at ? { ...s, name } : s)) });
    setNaming(null);
  };
  return (
    <section aria-label="Find out what it needs">
      <Title order={2} size="h5">
        1. Find out what it needs
      </Title>
      <Text size="sm" c="dimmed" mb="sm" maw={640}>
        Of each ruleset the first rule that matches sets its outputs: skills, priority, capacity profile or context. Rulesets run in order;
        later ones see what earlier ones set.
      </Text>
      <Stack gap="md" align="stretch">
        {draft.sets.map((set, at) => (
          <div key={set.name} className="ruleset" role="group" aria-label={`Ruleset ${set.name}`}>
            <SetHead
              set={set}
              at={at}
              last={draft.sets.length - 1}
              rename={() => setNaming(at)}
              move={(to) => change({ ...draft, sets: moved(draft.sets, at, to) })}
              remove={() => change({ ...draft, sets: draft.sets.toSpliced(at, 1) })}
            />
            <RuleList
              label={`Rules of ${set.name}`}
              rules={set.rules}
              route={false}
              names={names}
              mistakes={mistakes(at)}
              change={(rules) => change(withRules(draft, at, rules))}
              edit={edit(at)}
            />
            <Button variant="default" size="xs" mt="sm" onClick={() => add(at)}>
              Add a rule
              <span className="hidden"> to {set.name}</span>
            </Button>
          </div>
        ))}
        <Button variant="default" size="xs" className="start" onClick={addSet}>
          Add a ruleset
        </Button>
      </Stack>
      {naming !== null && draft.sets[naming] && (
        <NameDialog
          name={draft.sets[naming].name}
          taken={draft.sets.flatMap((s, i) => (i === naming ? [] : [s.name]))}
          apply={(name) => rename(naming, name)}
          close={() => setNaming(null)}
        />
      )}
    </section>
  );
}

interface HeadProps {
  set: Part;
  at: number;
  last: number;
  rename: () => void;
  move: (to: number) => void;
  remove: () => void;
}

function SetHead({ set, at, last, rename, move, remove }: HeadProps) {
  return (
    <Group justify="space-between" wrap="nowrap" mb={4}>
      <Title order={3} size="h6" className="clamp">
        {set.name}
      </Title>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More for ruleset ${set.name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item onClick={rename}>Rename</Menu.Item>
          <Menu.Item disabled={at === 0} onClick={() => move(at - 1)}>
            Move up
          </Menu.Item>
          <Menu.Item disabled={at === last} onClick={() => move(at + 1)}>
            Move down
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={remove}>
            Delete with {set.rules.length} {set.rules.length === 1 ? "rule" : "rules"}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}

interface DialogProps {
  name: string;
  taken: string[];
  apply: (name: string) => void;
  close: () => void;
}

function NameDialog({ name, taken, apply, close }: DialogProps) {
  const [typed, setTyped] = useState(name);
  const [wrong, setWrong] = useState("");
  const onSubmit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    const wanted = typed.trim();
    if (wanted === "") setWrong("Name is required.");
    else if (taken.includes(wanted)) setWrong("Another ruleset has this name.");
    else apply(wanted);
  };
  return (
    <Modal opened onClose={close} title="Name of the ruleset" closeButtonProps={{ "aria-label": "Close" }}>
      <form onSubmit={onSubmit} aria-label="Name of the ruleset" noValidate>
        <Stack gap="md">
          <TextInput
            label="Name"
            description="What it finds out: language, urgency."
            maxLength={100}
            data-autofocus
            error={wrong}
            value={typed}
            onChange={(e) => setTyped(e.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button type="submit">Name it</Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}
