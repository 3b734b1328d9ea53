import { Alert, Button, Group, Stack, Text } from "@mantine/core";
import { IconAlertTriangle, IconCircleCheck } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";

import { errorMessage } from "../../api/client";
import type { Account } from "../lists";
import { testAccount, type TestResult } from "./accounts";
import { reached, webhookText } from "./health";
import { guideOf } from "./providers";

/** TestConnection asks the provider whether it takes the credentials. */
export function TestConnection({ account }: { account: Account }) {
  const test = useMutation({ mutationFn: () => testAccount(account.id) });
  const { name } = guideOf(account.provider);
  return (
    <Stack gap="sm" align="flex-start">
      <Text size="sm">
        Asks {name} whether it accepts the credentials, and where it sends what comes in. No message is sent.
        {account.paused_code && " Sending resumes when the test succeeds."}
      </Text>
      <Button variant="default" loading={test.isPending} onClick={() => test.mutate()}>
        Test connection
      </Button>
      <div role="status">
        {test.data?.ok && (
          <Group gap={6} className="sign-done">
            <IconCircleCheck size={18} aria-hidden />
            <Text size="sm">{name} accepts the credentials.</Text>
          </Group>
        )}
        {test.data?.webhooks?.map((w) => (
          <Group key={w.sender} gap={6} className={reached(w) ? "sign-done" : "sign-late"} wrap="nowrap" align="flex-start">
            {reached(w) ? <IconCircleCheck size={18} aria-hidden /> : <IconAlertTriangle size={18} aria-hidden />}
            <Text size="sm" className="anywhere">
              {webhookText(name, w)}
            </Text>
          </Group>
        ))}
        {test.data && !test.data.ok && <Refused result={test.data} name={name} />}
        {test.isError && (
          <Alert color="red" title="Could not run the test">
            {errorMessage(test.error)}
          </Alert>
        )}
      </div>
    </Stack>
  );
}

function Refused({ result, name }: { result: TestResult; name: string }) {
  return (
    <Alert color="red" title={`${name} did not accept the test`}>
      {result.detail || "Check the credentials in the settings below and test again."}
      {result.code && ` (${result.code})`}
    </Alert>
  );
}
