import { Alert, Badge, Button, Group, Paper, Stack, Text, Textarea, Title } from "@mantine/core";
import { type SubmitEvent, useState } from "react";

import { errorMessage } from "../api/client";
import { formatCount, reasonText } from "../campaigns/labels";
import { exampleOf, formatJson, parseObject, InvalidJson } from "./formValues";
import { expressionError } from "./labels";
import { useDryRun, type Fired, type Trigger } from "./useTriggers";

/** DryRun shows what a trigger would send for an example. */
export function DryRun({ t }: { t: Trigger }) {
  const [text, setText] = useState(() => formatJson(t.data) || formatJson(exampleOf(t.rule)));
  const [mistake, setMistake] = useState("");
  const dry = useDryRun(t);
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    try {
      dry.mutate(parseObject(text));
      setMistake("");
    } catch (problem) {
      if (!(problem instanceof InvalidJson)) throw problem;
      dry.reset(); // what an earlier example led to is not of this one
      setMistake(problem.message);
    }
  };
  return (
    <Paper withBorder p="md">
      <Title order={2} size="h5" mb="xs">
        Dry run
      </Title>
      <form onSubmit={submit} aria-label="Dry run" noValidate>
        <Stack gap="sm" align="stretch">
          <Textarea
            className="json"
            label="Example data (JSON)"
            description={
              t.kind === "event" ? "The event’s data, available to expressions as data" : "Leave empty to use the trigger's own data"
            }
            autosize
            minRows={4}
            maxRows={16}
            spellCheck={false}
            value={text}
            onChange={(e) => {
              setText(e.currentTarget.value);
              setMistake("");
            }}
            error={mistake || undefined}
          />
          <Group>
            <Button type="submit" variant="default" loading={dry.isPending}>
              Preview messages
            </Button>
            <Text size="sm" c="dimmed">
              Nothing is sent.
            </Text>
          </Group>
        </Stack>
      </form>
      {dry.isError && (
        <Alert color="red" role="alert" mt="sm" title="Could not run the preview">
          {errorMessage(dry.error)}
        </Alert>
      )}
      <div role="status">{dry.data && <DryRunOutcome of={dry.data.fired} stale={dry.data.version !== t.version} />}</div>
    </Paper>
  );
}

/** DryRunOutcome shows the result of a dry run. */
function DryRunOutcome({ of, stale }: { of: Fired; stale: boolean }) {
  const accepted = of.messages.filter((m) => m.status === "accepted").length;
  return (
    <Stack gap="xs" mt="md">
      {stale && <Alert color="yellow">The trigger has changed since. Run the preview again.</Alert>}
      {of.error && (
        <Alert color="red" title="An expression failed for this example, so nothing would be sent">
          {expressionError(of.error)}
        </Alert>
      )}
      {!of.error && (
        <Text size="sm" fw={600}>
          {verdict(accepted, of.messages.length)}
        </Text>
      )}
      {of.messages.map((m, i) => (
        <div key={i} className="preview">
          <Group gap="xs" mb={2}>
            <Text size="xs" c="dimmed" className="anywhere">
              {m.tocontactid || "no address"}
              {m.language && ` · ${m.language}`}
            </Text>
            {m.status === "refused" && (
              <Badge size="sm" color="red" variant="outline" className="state">
                Refused
              </Badge>
            )}
          </Group>
          <Text size="sm" className="words" dir="auto">
            {m.status === "accepted" ? m.text : `Would not be sent: ${m.reason || reasonText(m.code ?? "")}`}
          </Text>
        </div>
      ))}
    </Stack>
  );
}

function verdict(accepted: number, all: number): string {
  if (all === 0) return "Nothing would be sent: the example does not meet the condition.";
  const messages = accepted === 1 ? "1 message would be sent" : `${formatCount(accepted)} messages would be sent`;
  return accepted === all ? `${messages}.` : `${messages}, ${formatCount(all - accepted)} refused.`;
}
