import { Alert, Button, Group, Stack, Text, Textarea, Title } from "@mantine/core";
import { IconCircleCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { errorMessage } from "../../api/client";
import { formatDateTime } from "../../ui/time";
import { testToken, type Shown } from "./calls";

/** TokenTest says as whom a token of the site would sign a visitor in, or why it would be refused. */
export function TokenTest({ widget }: { widget: Shown }) {
  const [token, setToken] = useState("");
  const test = useMutation({ mutationFn: () => testToken(widget.id, token.trim()) });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    test.mutate();
  };
  if (widget.authentication === "none") return null;
  return (
    <section aria-label="Test a token">
      <Title order={2} size="h5" mb="xs">
        Test a token
      </Title>
      <form onSubmit={submit} className="setup-form">
        <Stack gap="sm" align="flex-start">
          <Text size="sm">
            Paste a token that your site signed. It is checked with the settings as saved; nobody is signed in, and the token is not kept.
          </Text>
          <Textarea
            label="Token"
            required
            w="100%"
            autosize
            minRows={3}
            maxRows={8}
            spellCheck={false}
            autoComplete="off"
            value={token}
            onChange={(e) => {
              setToken(e.currentTarget.value);
              test.reset();
            }}
          />
          <Button type="submit" variant="default" loading={test.isPending} disabled={!token.trim()}>
            Test token
          </Button>
          <div role="status">
            {test.data?.ok && (
              <Group gap={6} className="sign-done" wrap="nowrap" align="flex-start">
                <IconCircleCheck size={18} aria-hidden />
                <Text size="sm" className="anywhere">
                  It signs in “{test.data.name || test.data.subject}” ({test.data.subject})
                  {test.data.expires_at && ` until ${formatDateTime(test.data.expires_at)}`}.
                  {test.data.context.length > 0 && ` It brings: ${test.data.context.join(", ")}.`}
                </Text>
              </Group>
            )}
            {test.data && !test.data.ok && (
              <Alert color="red" title="This token would be refused">
                {sentence(test.data.reason)}
              </Alert>
            )}
            {test.isError && (
              <Alert color="red" title="Could not test the token">
                {errorMessage(test.error)}
              </Alert>
            )}
          </div>
        </Stack>
      </form>
    </section>
  );
}

const sentence = (reason: string): string => `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
