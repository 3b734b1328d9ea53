import { Checkbox, Fieldset, Stack, Text } from "@mantine/core";

import type { Permission } from "./calls";

interface Props {
  permissions: Permission[];
  chosen: ReadonlySet<string>;
  change: (chosen: ReadonlySet<string>) => void;
  error?: string;
}

/** PermissionChecks are check boxes for permissions, by group. What one does not have oneself cannot be given. */
export function PermissionChecks({ permissions, chosen, change, error }: Props) {
  const groups = [...new Set(permissions.map((p) => p.group))];
  const set = (names: string[], on: boolean) => {
    const next = new Set(chosen);
    for (const name of names) {
      if (on) next.add(name);
      else next.delete(name);
    }
    change(next);
  };
  return (
    <Stack gap="md">
      {error && (
        <Text size="sm" c="red" role="alert">
          {error}
        </Text>
      )}
      {groups.map((group) => {
        const own = permissions.filter((p) => p.group === group);
        const givable = own.filter((p) => p.granted).map((p) => p.name);
        const on = own.filter((p) => chosen.has(p.name)).length;
        return (
          <Fieldset key={group} legend={group}>
            <Stack gap="xs">
              <Checkbox
                label={`All of ${group.toLowerCase()}`}
                checked={on === own.length}
                indeterminate={on > 0 && on < own.length}
                disabled={givable.length === 0}
                onChange={(e) => set(givable, e.currentTarget.checked)}
              />
              {own.map((p) => (
                <Checkbox
                  key={p.name}
                  ml="md"
                  label={p.description}
                  description={p.name}
                  checked={chosen.has(p.name)}
                  disabled={!p.granted && !chosen.has(p.name)}
                  onChange={(e) => set([p.name], e.currentTarget.checked)}
                />
              ))}
            </Stack>
          </Fieldset>
        );
      })}
    </Stack>
  );
}
