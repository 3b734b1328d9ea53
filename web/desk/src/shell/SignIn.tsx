import { Alert, Button, Center, Group, Paper, PasswordInput, Stack, TextInput, Title } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { errorMessage } from "../api/client";
import { signIn } from "../session/session";
import { SingleSignOn } from "../session/SingleSignOn";

export function SignIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const signingIn = useMutation({ mutationFn: () => signIn(email, password) });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    signingIn.mutate();
  };
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={400} component="form" onSubmit={submit} aria-label="Sign in">
        <Stack>
          <Group gap="sm">
            <img src="/desk/icon.svg" alt="" width={32} height={32} />
            <Title order={1} size="h3">
              Switchboard
            </Title>
          </Group>
          <SingleSignOn />
          {signingIn.isError && (
            <Alert color="red" icon={<IconAlertCircle aria-hidden />} role="alert">
              {errorMessage(signingIn.error)}
            </Alert>
          )}
          <TextInput
            label="E-mail address"
            type="email"
            autoComplete="username"
            required
            value={email}
            onChange={(e) => setEmail(e.currentTarget.value)}
            autoFocus
          />
          <PasswordInput
            label="Password"
            autoComplete="current-password"
            required
            value={password}
            onChange={(e) => setPassword(e.currentTarget.value)}
          />
          <Button type="submit" loading={signingIn.isPending}>
            Sign in
          </Button>
        </Stack>
      </Paper>
    </Center>
  );
}
