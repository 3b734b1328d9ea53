import { Alert, Button, Group, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { answer, api, errorMessage } from "../api/client";
import { queryClient } from "../live/store";
import { fieldErrors, minPassword, passwordHelp, signInKey } from "../session/session";
import { notify } from "../ui/notify";

/** PasswordSection changes my own password. Whoever else has signed in as me is signed out. */
export function PasswordSection() {
  const [open, setOpen] = useState(false);
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => answer(api.PUT("/v1/me/password", { body: { current_password: current, new_password: next } })),
    onSuccess: () => {
      notify("Your password was changed. Other devices have to sign in again.");
      setOpen(false);
      setCurrent("");
      setNext("");
      void queryClient.invalidateQueries({ queryKey: signInKey });
    },
  });
  if (!open)
    return (
      <Button variant="default" onClick={() => setOpen(true)}>
        Change password
      </Button>
    );
  const errors = fieldErrors(change.error);
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    change.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="Change password">
      <Stack gap="sm" maw={400}>
        <Text size="sm">All your other devices and browsers are signed out.</Text>
        {change.isError && !errors.current_password && !errors.new_password && (
          <Alert color="red" role="alert">
            {errorMessage(change.error)}
          </Alert>
        )}
        <PasswordInput
          label="Current password"
          autoComplete="current-password"
          required
          value={current}
          error={errors.current_password && "This is not your password."}
          onChange={(e) => setCurrent(e.currentTarget.value)}
          autoFocus
        />
        <PasswordInput
          label="New password"
          description={passwordHelp}
          autoComplete="new-password"
          required
          minLength={minPassword}
          value={next}
          error={errors.new_password && `The new password ${errors.new_password}.`}
          onChange={(e) => setNext(e.currentTarget.value)}
        />
        <Group>
          <Button type="submit" loading={change.isPending}>
            Change password
          </Button>
          <Button variant="default" onClick={() => setOpen(false)}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
