import { Alert, Badge, Group, List, Stack, Text } from "@mantine/core";

import type { Change, Plan } from "./calls";
import { countOf, readable, summary } from "./words";

const words = {
  create: { verb: "Create", color: "green", sign: "+" },
  change: { verb: "Change", color: "blue", sign: "~" },
  delete: { verb: "Delete", color: "red", sign: "−" },
} as const;

/** Difference shows what a file changes, and what it leaves undone. */
export function Difference({ plan }: { plan: Plan }) {
  const { create, change, delete: gone } = countOf(plan.changes);
  const used = plan.kept.filter((k) => k.reason !== "");
  const left = plan.kept.filter((k) => k.reason === "");
  return (
    <Stack gap="sm">
      <Text size="sm" role="status" fw={600}>
        {plan.changes.length === 0 ? nothing(used.length > 0) : `${summary({ created: create, changed: change, deleted: gone })}.`}
      </Text>
      {plan.missing_secrets.length > 0 && (
        <Alert color="yellow" title="Credentials are missing">
          <Text size="sm">These channels stay paused until you enter them under Channels:</Text>
          <List size="sm">
            {plan.missing_secrets.map((m) => (
              <List.Item key={m.account + m.secret}>
                {m.account}: {m.secret.replaceAll("_", " ")}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      {used.length > 0 && (
        <Alert color="yellow" title="Still used, and kept">
          <Text size="sm">The file leaves these out, but they cannot be deleted:</Text>
          <List size="sm">
            {used.map((k) => (
              <List.Item key={`${k.object} ${k.name}`}>
                {k.object} “{k.name}”: {k.reason}
              </List.Item>
            ))}
          </List>
        </Alert>
      )}
      <ul className="config-changes" aria-label="Changes">
        {plan.changes.map((c) => (
          <Entry key={`${c.kind} ${c.name}`} change={c} />
        ))}
      </ul>
      {left.length > 0 && (
        <details>
          <summary>Not in the file, and kept: {left.length}</summary>
          <List size="sm">
            {left.map((k) => (
              <List.Item key={`${k.object} ${k.name}`}>
                {k.object} “{k.name}”
              </List.Item>
            ))}
          </List>
        </details>
      )}
    </Stack>
  );
}

const nothing = (used: boolean): string => (used ? "Nothing to change." : "Nothing to change: everything is as the file says.");

function Entry({ change }: { change: Change }) {
  const { verb, color, sign } = words[change.action];
  const fields = change.action === "create" ? change.fields.filter((f) => f.new !== null) : change.fields;
  return (
    <li className="config-change">
      <Group gap="xs" wrap="nowrap">
        <Badge variant="outline" color={color} className="state">
          <span aria-hidden>{sign} </span>
          {verb}
        </Badge>
        <Text size="sm" fw={600} className="clamp">
          {change.object} “{change.name}”
        </Text>
      </Group>
      {fields.length > 0 && (
        <dl className="config-fields">
          {fields.map((f) => (
            <div key={f.field}>
              <dt>{f.field.replaceAll("_", " ")}</dt>
              <dd>
                {change.action === "change" && (
                  <>
                    <span className="hidden">Was </span>
                    <del>{readable(f.old)}</del>
                    <span className="hidden">, becomes </span>
                  </>
                )}
                <ins>{readable(f.new)}</ins>
              </dd>
            </div>
          ))}
        </dl>
      )}
    </li>
  );
}
