import { Alert, Button, Code, CopyButton, Group, SimpleGrid, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { answer, api, errorMessage } from "../api/client";
import type { components } from "../../../shared/schema";
import { fieldErrors } from "../session/session";

/** NewFactor is an authenticator app that is being set up. */
export type NewFactor = components["schemas"]["NewSecondFactor"];

/** ScanCode shows what the authenticator app is to be given, and asks for its first code. */
export function ScanCode({ factor, done }: { factor: NewFactor; done: (recovery: string[]) => void }) {
  const [code, setCode] = useState("");
  const confirm = useMutation({
    mutationFn: () => answer(api.POST("/v1/me/second-factor/confirm", { body: { code } })),
    onSuccess: (got) => done(got.recovery_codes),
  });
  const reason = fieldErrors(confirm.error).code;
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    confirm.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Set up an authenticator app">
      <Stack>
        <Text size="sm">
          Scan the picture with an authenticator app on your phone, such as Google Authenticator, Microsoft Authenticator or 1Password. Then
          enter the 6 digits that it shows.
        </Text>
        <img src={factor.qr_code} alt="QR code for your authenticator app" width={200} height={200} className="qr" />
        <Text size="sm">
          Or type this key into the app: <Code className="key">{factor.secret.replace(/(.{4})(?=.)/g, "$1 ")}</Code>
        </Text>
        {confirm.isError && !reason && (
          <Alert color="red" role="alert">
            {errorMessage(confirm.error)}
          </Alert>
        )}
        <TextInput
          label="Code"
          description="6 digits, a new one every 30 seconds."
          autoComplete="one-time-code"
          inputMode="numeric"
          required
          maxLength={10}
          value={code}
          error={reason && "This is not the code that the app shows now."}
          onChange={(e) => setCode(e.currentTarget.value)}
          data-autofocus
        />
        <Group justify="flex-end">
          <Button type="submit" loading={confirm.isPending}>
            Turn on
          </Button>
        </Group>
      </Stack>
    </form>
  );
}

/** Recovery shows the recovery codes, this once. */
export function Recovery({ codes, done }: { codes: string[]; done: () => void }) {
  const text = codes.join("\n");
  return (
    <Stack>
      <Text size="sm" role="status">
        Two-step verification is on. Keep these recovery codes where you find them without your phone, for example in a password manager.
        Each works once. You will not see them again.
      </Text>
      <SimpleGrid cols={{ base: 1, xs: 2 }} spacing="xs" role="list" aria-label="Recovery codes">
        {codes.map((code) => (
          <Code key={code} role="listitem" fz="sm" ta="center">
            {code}
          </Code>
        ))}
      </SimpleGrid>
      <Group justify="flex-end">
        <CopyButton value={text} timeout={3000}>
          {({ copied, copy }) => (
            <Button variant="default" onClick={copy}>
              <span aria-live="polite">{copied ? "Copied" : "Copy codes"}</span>
            </Button>
          )}
        </CopyButton>
        <Button
          component="a"
          variant="default"
          href={`data:text/plain,${encodeURIComponent(text)}`}
          download="switchboard-recovery-codes.txt"
        >
          Download
        </Button>
        <Button onClick={done}>I have kept them</Button>
      </Group>
    </Stack>
  );
}
