import { Badge, Group } from "@mantine/core";

import { languageName } from "./languages";
import { approvals, type TemplateText } from "./templates";

/** Approvals are the states that a provider's template has, by language where they differ. */
export function Approvals({ texts }: { texts: TemplateText[] }) {
  const states = [...new Set(texts.map((x) => x.approval))];
  return (
    <Group gap={4}>
      {states.map((state) => (
        <Badge key={state} variant="outline" color={approvals[state].color} className="state">
          {approvals[state].label}
          {states.length > 1 && `: ${languagesWith(texts, state)}`}
        </Badge>
      ))}
    </Group>
  );
}

const languagesWith = (texts: TemplateText[], state: TemplateText["approval"]): string =>
  texts
    .filter((x) => x.approval === state)
    .map((x) => languageName(x.language))
    .join(", ");
