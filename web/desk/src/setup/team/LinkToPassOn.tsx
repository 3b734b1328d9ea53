import { Alert, Stack, Text } from "@mantine/core";

import { Copyable } from "../Copyable";
import type { LinkKind, MadeLink } from "./signIn";

const at = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** LinkToPassOn shows a link this once, or says that it was sent. */
export function LinkToPassOn({ name, email, kind, link }: { name: string; email: string; kind: LinkKind; link: MadeLink }) {
  const until = at.format(new Date(link.expires_at));
  if (link.url === null)
    return (
      <Alert color="green" role="status" title={kind === "invitation" ? "Invitation sent" : "Link sent"}>
        {name} gets an e-mail at {email}. Its link works once, until {until}.
      </Alert>
    );
  return (
    <Alert color="blue" role="status" title={kind === "invitation" ? "Invitation link" : "Link to choose a new password"}>
      <Stack gap="xs">
        <Text size="sm">
          Give this link to {name}, and nobody else: whoever opens it chooses the password. It works once, until {until}. You will not see
          it again.
        </Text>
        <Copyable text={link.url} label="the link" />
      </Stack>
    </Alert>
  );
}
