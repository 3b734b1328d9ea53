import { Button, TextInput } from "@mantine/core";
import { useState } from "react";

import { Problem } from "../api/client";
import { SignInCard } from "./SignInCard";

interface Props {
  error: unknown;
  pending: boolean;
  submit: (code: string) => void;
  back: () => void;
}

/** EnterCode is the second step of signing in. */
export function EnterCode({ error, pending, submit, back }: Props) {
  const [code, setCode] = useState("");
  const wrong = error instanceof Problem && error.code === "bad_code";
  const first = error instanceof Problem && error.code === "second_factor_required";
  return (
    <SignInCard title="Two-step verification" error={wrong || first ? undefined : error} onSubmit={() => submit(code)}>
      <TextInput
        label="Code"
        description="The 6 digits that your authenticator app shows, or one of your recovery codes."
        error={wrong && error.message}
        autoComplete="one-time-code"
        spellCheck={false}
        autoCapitalize="off"
        required
        maxLength={30}
        value={code}
        onChange={(e) => setCode(e.currentTarget.value)}
        autoFocus
      />
      <Button type="submit" loading={pending}>
        Sign in
      </Button>
      <Button variant="default" onClick={back}>
        Back
      </Button>
    </SignInCard>
  );
}
