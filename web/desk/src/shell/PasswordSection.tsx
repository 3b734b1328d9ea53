import { Alert, Button, Group, Modal, PasswordInput, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { answer, api, errorMessage, Problem } from "../api/client";
import { notify } from "../ui/notify";

const minLength = 10; // the server's

interface Props {
  onClose: () => void;
}

/** PasswordDialog changes my own password. Whoever else has signed in as me is signed out. */
export function PasswordDialog({ onClose }: Props) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => answer(api.PUT("/v1/me/password", { body: { current_password: current, new_password: next } })),
    onSuccess: () => {
      notify("Your password was changed. Other devices have to sign in again.");
      onClose();
    },
  });
  const errors = fieldErrors(change.error);
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    change.mutate();
  };
  return (
    <Modal opened onClose={onClose} title="Change password" centered>
      <form onSubmit={submit} aria-label="Change password">
        <Stack>
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
            data-autofocus
          />
          <PasswordInput
            label="New password"
            description={`At least ${minLength} characters. A few words that do not belong together are easy to remember and hard to guess.`}
            autoComplete="new-password"
            required
            minLength={minLength}
            value={next}
            error={errors.new_password && `The new password ${errors.new_password}.`}
            onChange={(e) => setNext(e.currentTarget.value)}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              Cancel
            </Button>
            <Button type="submit" loading={change.isPending}>
              Change password
            </Button>
          </Group>
        </Stack>
      </form>
    </Modal>
  );
}

/** fieldErrors are the reasons of a refusal by the name of the field. */
function fieldErrors(error: unknown): Record<string, string> {
  if (!(error instanceof Problem)) return {};
  return Object.fromEntries((error.document?.errors ?? []).map((e) => [e.field, e.reason]));
}
