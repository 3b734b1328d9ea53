import { Alert, Button, Stack, Text } from "@mantine/core";

import { readable, sameValue, type Merged, type Value, type Values } from "./fields";

interface Props {
  merged: Merged;
  now: Values;
  take: (name: string, value: Value) => void;
}

/** ConflictNotice says what somebody else saved while this form was being edited, field by field. */
export function ConflictNotice({ merged, now, take }: Props) {
  return (
    <Alert color="yellow" role="alert" title="Somebody changed this meanwhile">
      <Stack gap="xs" align="flex-start">
        <Text size="sm">What you typed is kept. Nothing was saved yet: look at what differs, then save again.</Text>
        {merged.differences.map(({ field, theirs }) => (
          <Stack key={field.name} gap={4} align="flex-start">
            <Text size="sm">
              <b>{field.label}</b>: they saved “{readable(field, theirs)}”; you have “{readable(field, now[field.name] ?? null)}”.
            </Text>
            {!sameValue(now[field.name], theirs) && (
              <Button size="compact-sm" variant="default" onClick={() => take(field.name, theirs)}>
                Use theirs
                <span className="hidden"> for {field.label}</span>
              </Button>
            )}
          </Stack>
        ))}
        {merged.taken.length > 0 && <Text size="sm">Also changed by them: {merged.taken.map((f) => f.label).join(", ")}.</Text>}
      </Stack>
    </Alert>
  );
}
