import "./routing.css";

import { ActionIcon, Alert, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { api, errorMessage, Problem } from "../../api/client";
import { queryClient } from "../../live/store";
import { key, options, useQueues, type Queue } from "../lists";
import { Loaded } from "../Loaded";
import { ifMatch, versioned, type Versioned } from "../versioned";
import { mistakesOf } from "./calls";
import { actionsOf, overflowSentence, ruleOf, unitOf, whens, type Action, type OverflowRule, type When } from "./overflow";
import { Sentence } from "./Sentence";

interface Rules {
  rules: OverflowRule[];
}

const at = (id: string) => ({ params: { path: { id } } });
const read = (id: string): Promise<Versioned<Rules>> => versioned(api.GET("/v1/queues/{id}/overflow", at(id)));
const save = (id: string, rules: OverflowRule[], etag: string | null): Promise<Versioned<Rules>> =>
  versioned(api.PUT("/v1/queues/{id}/overflow", { ...at(id), body: { rules }, headers: ifMatch(etag) }));

/** OverflowSection says and edits what a queue does with conversations that it cannot take. */
export function OverflowSection({ queue }: { queue: string }) {
  const queues = useQueues().data;
  return (
    <Loaded what="the overflow rules" queryKey={key("overflow", queue)} read={() => read(queue)}>
      {(loaded) => queues && <Editor queue={queue} loaded={loaded} queues={queues} />}
    </Loaded>
  );
}

function Editor({ queue, loaded, queues }: { queue: string; loaded: Versioned<Rules>; queues: Queue[] }) {
  const [base, setBase] = useState(loaded);
  const [rules, setRules] = useState(loaded.value.rules);
  const [theirs, setTheirs] = useState<OverflowRule[] | null>(null);
  const others = queues.filter((q) => q.id !== queue);
  const name = (id: string) => queues.find((q) => q.id === id)?.name ?? "a queue that you choose";
  const saving = useMutation({
    mutationFn: () => save(queue, rules, base.etag),
    onSuccess: (got) => {
      queryClient.setQueryData(key("overflow", queue), got);
      setBase(got);
      setRules(got.value.rules);
      setTheirs(null);
    },
    onError: async (error) => {
      if (!(error instanceof Problem && error.status === 412)) return;
      const now = await read(queue);
      setBase(now); // what is saved next is put over theirs
      setTheirs(now.value.rules);
    },
  });
  const dirty = JSON.stringify(rules) !== JSON.stringify(base.value.rules);
  const change = (next: OverflowRule[]) => {
    saving.reset();
    setRules(next);
  };
  const wrong = mistakesOf(saving.error);
  const add = () => change([...rules, { when: "size", limit: 50, action: "callback", after: 3600 }]);
  const useTheirs = () => {
    change(theirs ?? rules);
    setTheirs(null);
  };
  return (
    <Stack gap="sm" align="stretch" maw={720}>
      <Text size="sm" c="dimmed">
        Asked before a conversation enters, from the top; the first that holds decides. Being closed is asked before all others.
      </Text>
      {rules.length === 0 && (
        <Text size="sm">No rules: outside the hours messages wait for the opening and live chats end. Otherwise everything enters.</Text>
      )}
      {theirs ? (
        <Theirs rules={theirs} name={name} take={useTheirs} />
      ) : (
        saving.isError && <Refused error={saving.error} wrong={Object.keys(wrong).length > 0} />
      )}
      {rules.map((rule, i) => (
        <RuleRow
          key={i}
          n={i + 1}
          rule={rule}
          queues={others}
          name={name}
          wrong={Object.entries(wrong).flatMap(([field, reason]) => (field.startsWith(`rules.${i}.`) ? [reason] : []))}
          change={(next) => change(rules.with(i, ruleOf(next)))}
          remove={() => change(rules.toSpliced(i, 1))}
        />
      ))}
      <Group gap="sm">
        <Button variant="default" size="xs" onClick={add}>
          Add an overflow rule
        </Button>
        <Button variant="default" disabled={!dirty} loading={saving.isPending} onClick={() => saving.mutate()}>
          Save overflow rules
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {saving.isSuccess && !dirty && "Saved. It takes effect at once."}
        </Text>
      </Group>
    </Stack>
  );
}

function Refused({ error, wrong }: { error: Error; wrong: boolean }) {
  if (error instanceof Problem && error.status === 412) return null; // theirs are being read
  return (
    <Alert color="red" role="alert" title="Could not save">
      {wrong ? "Check the marked rules." : errorMessage(error)}
    </Alert>
  );
}

function Theirs({ rules, name, take }: { rules: OverflowRule[]; name: (id: string) => string; take: () => void }) {
  return (
    <Alert color="yellow" role="alert" title="Somebody changed these rules meanwhile">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">Your rules are kept below and nothing was saved yet. Saving again replaces theirs, which are:</Text>
        <ul className="changes-list">
          {rules.length === 0 && <li>No rules.</li>}
          {rules.map((rule, i) => (
            <li key={i}>
              <Sentence pieces={overflowSentence(rule, name)} />
            </li>
          ))}
        </ul>
        <Button size="compact-sm" variant="default" onClick={take}>
          Use theirs
        </Button>
      </Stack>
    </Alert>
  );
}

interface RowProps {
  n: number;
  rule: OverflowRule;
  queues: Queue[];
  name: (id: string) => string;
  wrong: string[];
  change: (rule: OverflowRule) => void;
  remove: () => void;
}

function RuleRow({ n, rule, queues, name, wrong, change, remove }: RowProps) {
  const unit = unitOf(rule.when);
  const per = unit === "minutes" ? 60 : 1;
  return (
    <div className="ruleset" role="group" aria-label={`Overflow rule ${n}`} data-wrong={wrong.length > 0 || undefined}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" className="rule-text">
          <Sentence pieces={overflowSentence(rule, name)} />
        </Text>
        <ActionIcon variant="subtle" color="gray" aria-label={`Remove overflow rule ${n}`} onClick={remove}>
          <IconTrash size={16} />
        </ActionIcon>
      </Group>
      <div className="facts">
        <NativeSelect
          label="If"
          data={whens}
          value={rule.when}
          onChange={(e) => change({ ...rule, when: e.currentTarget.value as When })}
        />
        {unit && (
          <TextInput
            label={unit === "minutes" ? "Minutes" : "Conversations"}
            type="number"
            min={1}
            value={String(Math.round((rule.limit / per) * 100) / 100)}
            onChange={(e) => change({ ...rule, limit: Math.round(Number(e.currentTarget.value) * per) })}
          />
        )}
        <NativeSelect
          label="Then"
          data={actionsOf(rule.when)}
          value={rule.action}
          onChange={(e) => change({ ...rule, action: e.currentTarget.value as Action, to: queues[0]?.id })}
        />
        {rule.action === "transfer" && (
          <NativeSelect
            label="Queue"
            data={[...(rule.to ? [] : [{ value: "", label: "Select" }]), ...options(queues)]}
            value={rule.to ?? ""}
            onChange={(e) => change({ ...rule, to: e.currentTarget.value })}
          />
        )}
        {rule.action === "callback" && (
          <TextInput
            label="Try again after (minutes)"
            type="number"
            min={1}
            value={String(Math.round((rule.after ?? 0) / 60))}
            onChange={(e) => change({ ...rule, after: Math.round(Number(e.currentTarget.value)) * 60 })}
          />
        )}
      </div>
      {wrong.map((reason) => (
        <p key={reason} className="rule-wrong">
          {reason}
        </p>
      ))}
    </div>
  );
}
