import { Alert, Button, Group, Progress, Stack, Text, Title } from "@mantine/core";
import { IconCircleCheckFilled, IconCircleDashed } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";

import { LoadError, SkeletonRows } from "../../ui/States";
import { PageHead } from "../PageHead";
import { StarterWorkstream } from "../team/StarterWorkstream";
import { missing, stepsOf, type StepOf } from "./steps";
import { useKnown } from "./useKnown";

/** FirstSteps says what is missing before customers can write, and leads there. */
export function FirstSteps() {
  const { known, error, retry } = useKnown();
  const steps = known && stepsOf(known);
  return (
    <>
      <PageHead title="First steps">From an empty installation to the first answered message. What is done is ticked by itself.</PageHead>
      {error && <LoadError what="Could not load the setup" error={error} retry={retry} />}
      {!error && !steps && <SkeletonRows n={6} h={64} />}
      {steps && <Checklist steps={steps} />}
      {known && known.workstreams.length === 0 && (
        <Alert color="gray" title="Do the first two steps at once" mt="md">
          <StarterWorkstream />
        </Alert>
      )}
    </>
  );
}

function Checklist({ steps }: { steps: StepOf[] }) {
  const left = missing(steps).length;
  const done = steps.filter((s) => s.done).length;
  return (
    <Stack gap="sm" mt="sm">
      <Progress value={(100 * done) / steps.length} aria-label="Steps done" maw={480} color={left === 0 ? "green" : undefined} />
      <Text size="sm" role="status">
        {left === 0 ? "You are live: customers can write, and your team gets their messages." : `${done} of ${steps.length} steps done.`}
      </Text>
      <div role="list" aria-label="Steps">
        {steps.map((s) => (
          <Step key={s.id} step={s} />
        ))}
      </div>
    </Stack>
  );
}

function Step({ step }: { step: StepOf }) {
  return (
    <div className="step" role="listitem">
      {step.done ? (
        <IconCircleCheckFilled size={22} className="sign-done" aria-label="Done" role="img" />
      ) : (
        <IconCircleDashed size={22} className="sign-open" aria-label="To do" role="img" />
      )}
      <Group justify="space-between" gap="sm" wrap="nowrap" align="flex-start">
        <div>
          <Title order={2} size="h6">
            {step.title}
            {step.optional && (
              <Text span size="sm" c="dimmed" fw={400}>
                {" "}
                (optional)
              </Text>
            )}
          </Title>
          <Text size="sm" c="dimmed">
            {step.why}
          </Text>
        </div>
        <Button component={Link} to={step.to} size="xs" variant={step.done ? "subtle" : "light"} style={{ flexShrink: 0 }}>
          {step.action}
          <span className="hidden">: {step.title}</span>
        </Button>
      </Group>
    </div>
  );
}
