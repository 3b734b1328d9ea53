import { Stack, Text } from "@mantine/core";

import { Copyable } from "../Copyable";

/** ShownSecret is a secret that is shown this once. */
export function ShownSecret({ secret }: { secret: string }) {
  return (
    <Stack gap="xs">
      <Text size="sm">Copy it to your system now. It is not shown again.</Text>
      <Copyable text={secret} label="the secret" />
    </Stack>
  );
}
