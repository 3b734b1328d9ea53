import { Alert, Center, Group, Paper, Stack, Title } from "@mantine/core";
import { IconAlertCircle } from "@tabler/icons-react";
import type { ReactNode, SubmitEvent } from "react";

import { errorMessage } from "../api/client";

interface Props {
  title: string;
  error?: unknown;
  onSubmit?: () => void;
  wide?: boolean;
  children: ReactNode;
}

/** SignInCard is the frame of every step before the desk. With onSubmit it is a form. */
export function SignInCard({ title, error, onSubmit, wide, children }: Props) {
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    onSubmit?.();
  };
  const content = (
    <Stack>
      <Group gap="sm" wrap="nowrap">
        <img src="/desk/icon.svg" alt="" width={32} height={32} />
        <Title order={1} size="h3">
          {title}
        </Title>
      </Group>
      {error != null && (
        <Alert color="red" icon={<IconAlertCircle aria-hidden />} role="alert">
          {errorMessage(error)}
        </Alert>
      )}
      {children}
    </Stack>
  );
  return (
    <Center component="main" mih="100dvh" p="md">
      <Paper withBorder p="xl" w="100%" maw={wide ? 520 : 400}>
        {onSubmit ? (
          <form onSubmit={submit} aria-label={title}>
            {content}
          </form>
        ) : (
          content
        )}
      </Paper>
    </Center>
  );
}
