import { Button, Group, Text, Title } from "@mantine/core";
import { type KeyboardEvent, useState } from "react";

import type { Workstream } from "../lists";
import { MadeUp } from "./MadeUp";
import { RealOnes } from "./RealOnes";
import type { Names } from "./sentence";
import type { RoutingDraft } from "./useRoutingDraft";

export interface TryProps {
  workstream: Workstream;
  form: RoutingDraft;
  names: Names;
}

const tabs = [
  { id: "made-up", label: "Made-up conversation", Shown: MadeUp },
  { id: "real", label: "Real conversations", Shown: RealOnes },
] as const;

/** TryIt asks where conversations would go by the rules as they are edited. */
export function TryIt(props: TryProps) {
  const [at, setAt] = useState(0);
  const onKeyDown = (e: KeyboardEvent<HTMLElement>) => {
    if (e.key !== "ArrowRight" && e.key !== "ArrowLeft") return;
    e.preventDefault();
    setAt(1 - at);
    e.currentTarget.querySelectorAll<HTMLElement>("[role=tab]")[1 - at]?.focus();
  };
  const { id, Shown } = tabs[at] ?? tabs[0];
  return (
    <section aria-label="Try it">
      <Title order={2} size="h5">
        Try it
      </Title>
      <Text size="sm" c="dimmed" mb="xs" maw={640}>
        {props.form.dirty ? "With the rules as they are above, saved or not." : "With the rules as they are saved."} Nothing is changed.
      </Text>
      <Group gap={4} mb="md" role="tablist" aria-label="What to try" onKeyDown={onKeyDown}>
        {tabs.map((tab, i) => (
          <Button
            key={tab.id}
            size="xs"
            variant={i === at ? "light" : "subtle"}
            color="gray"
            role="tab"
            id={`try-${tab.id}`}
            aria-selected={i === at}
            aria-controls={i === at ? "try-panel" : undefined}
            tabIndex={i === at ? 0 : -1}
            onClick={() => setAt(i)}
            className="try-tab"
          >
            {tab.label}
          </Button>
        ))}
      </Group>
      <div role="tabpanel" id="try-panel" aria-labelledby={`try-${id}`}>
        <Shown key={id} {...props} />
      </div>
    </section>
  );
}
