import { List, Paper, Text } from "@mantine/core";

import type { Decision } from "./model";
import { goesTo, needs, steps } from "./outcome";

interface Props {
  decision: Decision;
  saved: Decision | null; // by the saved rules, if they differ
  queue: (id: string) => string;
}

/** DecisionView says where a conversation would go and why, and whether that is something else than now. */
export function DecisionView({ decision, saved, queue }: Props) {
  const [now, before] = [goesTo(decision, queue), saved && goesTo(saved, queue)];
  return (
    <Paper withBorder p="md">
      <Text fw={600}>Goes to: {now}</Text>
      <dl className="facts" style={{ marginTop: 8 }}>
        <Fact label="Rule">{decision.rule || "None chose the queue"}</Fact>
        <Fact label="Needs">{needs(decision) || "Nothing special"}</Fact>
        {saved && <Fact label="With the saved rules">{before === now ? "The same queue" : before}</Fact>}
        {Object.keys(decision.context).length > 0 && (
          <Fact label="Context that rules set">
            {Object.entries(decision.context)
              .map(([name, value]) => `${name}: ${value}`)
              .join(", ")}
          </Fact>
        )}
      </dl>
      <Text size="sm" fw={600} mt="sm">
        How it came about
      </Text>
      <List size="sm" type="ordered">
        {steps(decision, queue).map((line, i) => (
          <List.Item key={i}>{line}</List.Item>
        ))}
      </List>
    </Paper>
  );
}

function Fact({ label, children }: { label: string; children: React.ReactNode }) {
  return (
    <div>
      <Text component="dt" size="xs" c="dimmed">
        {label}
      </Text>
      <Text component="dd" size="sm">
        {children}
      </Text>
    </div>
  );
}
