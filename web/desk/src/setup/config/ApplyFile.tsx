import { Alert, Button, Checkbox, FileButton, Group, List, Stack, Text, Textarea, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useEffect, useState } from "react";

import { errorMessage, Problem } from "../../api/client";
import { refresh } from "../lists";
import { apply, plan, type Plan } from "./calls";
import { Difference } from "./Difference";
import { applyLabel } from "./words";

interface Props {
  text: string; // what is reviewed at once, if anything
  prune: boolean;
}

/** ApplyFile takes a file, shows what it changes, and applies exactly that. */
export function ApplyFile({ text: given, prune: pruned }: Props) {
  const [text, setText] = useState(given);
  const [prune, setPrune] = useState(pruned);
  const review = useMutation({ mutationFn: () => plan({ text, prune }) });
  const change = useMutation({
    mutationFn: (etag: string) => apply({ text, prune }, etag),
    onSuccess: () => {
      review.reset();
      void refresh();
    },
  });
  const { mutate } = review;
  useEffect(() => {
    if (given) mutate();
  }, [given, mutate]);
  const edit = (then: () => void) => {
    then();
    review.reset();
    change.reset();
  };
  const look = () => {
    change.reset();
    review.mutate();
  };
  return (
    <section aria-labelledby="config-apply">
      <Title order={2} size="h5" id="config-apply" mb="xs">
        Apply a file
      </Title>
      <Stack gap="sm">
        <Group>
          <FileButton accept=".yaml,.yml,application/yaml,text/yaml" onChange={(f) => void f?.text().then((t) => edit(() => setText(t)))}>
            {(props) => (
              <Button variant="default" {...props}>
                Choose file…
              </Button>
            )}
          </FileButton>
          <Text size="sm" c="dimmed">
            or paste it here. What it leaves out stays as it is.
          </Text>
        </Group>
        <Textarea
          label="File"
          className="config-text"
          value={text}
          onChange={(e) => edit(() => setText(e.currentTarget.value))}
          rows={12}
          spellCheck={false}
          placeholder={"version: 1\nqueues:\n  - name: Support"}
        />
        <Checkbox
          label="Delete what the file leaves out"
          description="In the sections that it has. What is still used is not deleted; you are told by what."
          checked={prune}
          onChange={(e) => edit(() => setPrune(e.currentTarget.checked))}
        />
        {review.isError && <Mistakes title="The file cannot be applied" error={review.error} />}
        {change.isError && <Mistakes title="Nothing was changed" error={change.error} />}
        {change.isSuccess && <Applied plan={change.data} />}
        {!review.data && (
          <Group>
            <Button onClick={look} loading={review.isPending} disabled={text.trim() === ""}>
              Review changes
            </Button>
          </Group>
        )}
        {review.data && <Difference plan={review.data.value} />}
        {review.data && review.data.value.changes.length > 0 && (
          <Group>
            <Button onClick={() => change.mutate(review.data.etag ?? "")} loading={change.isPending}>
              {applyLabel(review.data.value.changes)}
            </Button>
            <Button variant="default" onClick={() => review.reset()}>
              Back to the file
            </Button>
          </Group>
        )}
      </Stack>
    </section>
  );
}

function Applied({ plan: done }: { plan: Plan }) {
  return (
    <Alert color="green" role="status" title={`Applied: ${done.changes.length} ${done.changes.length === 1 ? "change" : "changes"}`}>
      Everything counts from now on. The configuration before is kept under Earlier versions.
    </Alert>
  );
}

/** Mistakes lists what is wrong with a file, line by line. */
function Mistakes({ title, error }: { title: string; error: Error }) {
  const document = error instanceof Problem ? error.document : undefined;
  return (
    <Alert color="red" role="alert" title={title}>
      {document?.errors?.length ? (
        <List size="sm">
          {document.errors.map((e) => (
            <List.Item key={e.field + e.reason}>
              <code>{e.field}</code> {e.reason}
            </List.Item>
          ))}
        </List>
      ) : (
        errorMessage(error)
      )}
    </Alert>
  );
}
