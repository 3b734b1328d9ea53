import { Button, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "../api/client";
import { Recovery, ScanCode } from "./FactorSteps";
import { SignInCard } from "./SignInCard";

/** MustSetUpFactor is all that one sees who must have two-step verification and has not. */
export function MustSetUpFactor({ done, signOut }: { done: () => void; signOut: () => void }) {
  const [recovery, setRecovery] = useState<string[]>();
  const begin = useMutation({ mutationFn: () => answer(api.POST("/v1/me/second-factor", { body: {} })) });
  if (recovery)
    return (
      <SignInCard title="Recovery codes" wide>
        <Recovery codes={recovery} done={done} />
      </SignInCard>
    );
  if (begin.data)
    return (
      <SignInCard title="Two-step verification" wide>
        <ScanCode factor={begin.data} done={setRecovery} />
      </SignInCard>
    );
  return (
    <SignInCard title="Two-step verification" error={begin.error} onSubmit={() => begin.mutate()}>
      <Text size="sm">
        Your organisation requires a second step when you sign in: a code from an authenticator app on your phone. Setting it up takes two
        minutes.
      </Text>
      <Button type="submit" loading={begin.isPending} autoFocus>
        Set up authenticator app
      </Button>
      <Button variant="default" onClick={signOut}>
        Sign out
      </Button>
    </SignInCard>
  );
}
