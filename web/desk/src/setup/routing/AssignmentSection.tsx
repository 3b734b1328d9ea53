import "./routing.css";

import { ActionIcon, Alert, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { errorMessage, Problem } from "../../api/client";
import { queryClient } from "../../live/store";
import { key, type Queue } from "../lists";
import { changeQueue, readQueue } from "../team/calls";
import { ifMatch, type Versioned } from "../versioned";
import { assignmentSentence, methods, problems, skillChoices, usualRules, type AssignmentRule } from "./assignment";
import { Sentence } from "./Sentence";

const rulesOf = (q: Queue): AssignmentRule[] => (q.assignment_rules.length > 0 ? q.assignment_rules : usualRules);

/** AssignmentSection says and edits who of a queue is asked first. */
export function AssignmentSection({ loaded }: { loaded: Versioned<Queue> }) {
  const queue = loaded.value.id;
  const stored = rulesOf(loaded.value);
  const [rules, setRules] = useState(stored);
  const saving = useMutation({
    mutationFn: () => changeQueue(queue, { assignment_rules: rules }, ifMatch(loaded.etag)),
    onSuccess: (got) => {
      queryClient.setQueryData(key("queue", queue), got);
      setRules(rulesOf(got.value));
    },
    onError: async (error) => {
      // What is saved next is put in the place of what somebody else saved, which is shown in the notice.
      if (error instanceof Problem && error.status === 412) queryClient.setQueryData(key("queue", queue), await readQueue(queue));
    },
  });
  const stale = saving.error instanceof Problem && saving.error.status === 412;
  const wrong = problems(rules);
  const dirty = JSON.stringify(rules) !== JSON.stringify(stored);
  const change = (next: AssignmentRule[]) => {
    saving.reset();
    setRules(next);
  };
  const last = rules.at(-1);
  return (
    <Stack gap="sm" align="stretch" maw={720}>
      <Text size="sm" c="dimmed">
        The first rule under which somebody can take a conversation decides. Later rules let go of what the first ones want, so that nobody
        waits for ever. Ties go to whose turn it is.
      </Text>
      {saving.isError && (
        <Alert color={stale ? "yellow" : "red"} role="alert" title={stale ? "Somebody changed this queue meanwhile" : "Could not save"}>
          {stale ? (
            <>
              Your rules are kept and nothing was saved yet. Saving again replaces the ones that are there now:{" "}
              {stored.map((r, i) => (
                <Sentence key={i} pieces={[...assignmentSentence(r), " "]} />
              ))}
            </>
          ) : (
            errorMessage(saving.error)
          )}
        </Alert>
      )}
      {rules.map((rule, i) => (
        <RuleRow
          key={i}
          n={i + 1}
          rule={rule}
          wrong={wrong[i]}
          change={(next) => change(rules.with(i, next))}
          remove={rules.length > 1 ? () => change(rules.toSpliced(i, 1)) : undefined}
        />
      ))}
      <Group gap="sm">
        <Button
          variant="default"
          size="xs"
          onClick={() => change([...rules, { after: (last?.after ?? 0) + 300, skills: "none", method: last?.method }])}
        >
          Add a rule for who is asked
        </Button>
        <Button
          variant="default"
          disabled={!dirty || Object.keys(wrong).length > 0}
          loading={saving.isPending}
          onClick={() => saving.mutate()}
        >
          Save who is asked
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {saving.isSuccess && !dirty && "Saved. It takes effect at the next offer."}
        </Text>
      </Group>
    </Stack>
  );
}

interface RowProps {
  n: number;
  rule: AssignmentRule;
  wrong: string | undefined;
  change: (rule: AssignmentRule) => void;
  remove: (() => void) | undefined;
}

function RuleRow({ n, rule, wrong, change, remove }: RowProps) {
  const method = methods.find((m) => m.value === (rule.method ?? "highest_capacity"));
  return (
    <div className="ruleset" role="group" aria-label={`Who is asked, rule ${n}`}>
      <Group justify="space-between" wrap="nowrap" align="flex-start">
        <Text size="sm" className="rule-text">
          <Sentence pieces={assignmentSentence(rule)} />
        </Text>
        {remove && (
          <ActionIcon variant="subtle" color="gray" aria-label={`Remove rule ${n} of who is asked`} onClick={remove}>
            <IconTrash size={16} />
          </ActionIcon>
        )}
      </Group>
      <div className="facts">
        {n > 1 && (
          <TextInput
            label="After waiting (minutes)"
            type="number"
            min={0}
            error={wrong}
            value={String(Math.round((rule.after ?? 0) / 6) / 10)}
            onChange={(e) => change({ ...rule, after: Math.round(Number(e.currentTarget.value) * 60) })}
          />
        )}
        <NativeSelect
          label="Skills"
          data={skillChoices.map(({ value, label }) => ({ value, label }))}
          value={rule.skills ?? "exact"}
          onChange={(e) => change({ ...rule, skills: e.currentTarget.value as AssignmentRule["skills"] })}
        />
        <NativeSelect
          label="Method"
          data={methods.map(({ value, label }) => ({ value, label }))}
          value={rule.method ?? "highest_capacity"}
          onChange={(e) => change({ ...rule, method: e.currentTarget.value as AssignmentRule["method"] })}
        />
      </div>
      <Text size="xs" c="dimmed" mt={4}>
        {method?.explains}
      </Text>
    </div>
  );
}
