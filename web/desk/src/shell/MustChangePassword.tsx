import { Button, PasswordInput, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "../api/client";
import { fieldErrors, minPassword, passwordHelp, rereadMe } from "../session/session";
import { SignInCard } from "./SignInCard";

/** MustChangePassword is all that one sees whose password was chosen by somebody else. */
export function MustChangePassword({ signOut }: { signOut: () => void }) {
  const [current, setCurrent] = useState("");
  const [next, setNext] = useState("");
  const change = useMutation({
    mutationFn: () => answer(api.PUT("/v1/me/password", { body: { current_password: current, new_password: next } })),
    onSuccess: rereadMe,
  });
  const errors = fieldErrors(change.error);
  return (
    <SignInCard
      title="Choose your password"
      error={errors.current_password || errors.new_password ? undefined : change.error}
      onSubmit={() => change.mutate()}
    >
      <Text size="sm">The password that you have was chosen by an administrator. Replace it with one that only you know.</Text>
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
      <Button type="submit" loading={change.isPending}>
        Set password
      </Button>
      <Button variant="default" onClick={signOut}>
        Sign out
      </Button>
    </SignInCard>
  );
}
