import { Alert, Badge, Button, Group, PasswordInput, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { answer, api, errorMessage } from "../api/client";
import type { components } from "../../../shared/schema";
import { queryClient } from "../live/store";
import { fieldErrors, signInKey } from "../session/session";
import { notify } from "../ui/notify";
import { Recovery, ScanCode, type NewFactor } from "./FactorSteps";

type State = components["schemas"]["SignInState"];
type Again = components["schemas"]["Again"];

/** Outcome is what follows once a person has shown that it is them. */
type Outcome = { factor: NewFactor } | { recovery: string[] } | { removed: true };

interface Action {
  label: string;
  run: (body: Again) => Promise<Outcome>;
  danger?: boolean;
}

const setUp: Action = {
  label: "Set up authenticator app",
  run: async (body) => ({ factor: await answer(api.POST("/v1/me/second-factor", { body })) }),
};
const another: Action = { ...setUp, label: "Use another app" };
const newCodes: Action = {
  label: "New recovery codes",
  run: async (body) => ({ recovery: (await answer(api.POST("/v1/me/recovery-codes", { body }))).recovery_codes }),
};
const turnOff: Action = {
  label: "Turn off",
  danger: true,
  run: async (body) => {
    await answer(api.POST("/v1/me/second-factor/remove", { body }));
    return { removed: true };
  },
};

const reread = () => queryClient.invalidateQueries({ queryKey: signInKey });

/** FactorSection turns two-step verification on and off. */
export function FactorSection({ state }: { state: State }) {
  const [action, setAction] = useState<Action>();
  const [outcome, setOutcome] = useState<Outcome>();
  const close = () => {
    setAction(undefined);
    setOutcome(undefined);
    void reread();
  };
  if (outcome && "factor" in outcome) return <ScanCode factor={outcome.factor} done={(recovery) => setOutcome({ recovery })} />;
  if (outcome && "recovery" in outcome) return <Recovery codes={outcome.recovery} done={close} />;
  if (action)
    return (
      <AskAgain
        action={action}
        withCode={state.second_factor}
        done={(got) => {
          if (!("removed" in got)) return setOutcome(got);
          notify("Two-step verification is off.");
          close();
        }}
        cancel={close}
      />
    );
  const actions = state.second_factor ? [another, newCodes, ...(state.second_factor_required ? [] : [turnOff])] : [setUp];
  return (
    <Stack gap="sm">
      <Group gap="xs">
        <Badge variant="outline" color={state.second_factor ? "green" : "gray"} className="state">
          {state.second_factor ? "On" : "Off"}
        </Badge>
        <Text size="sm">
          {state.second_factor
            ? `Signing in takes a code from your authenticator app. ${codesLeft(state.recovery_codes_left)}`
            : "With a code from an app on your phone, nobody signs in who only knows your password."}
        </Text>
      </Group>
      <Group gap="sm">
        {actions.map((a) => (
          <Button key={a.label} variant="default" onClick={() => setAction(a)}>
            {a.label}
          </Button>
        ))}
      </Group>
    </Stack>
  );
}

const codesLeft = (n: number): string => (n === 1 ? "1 recovery code is left." : `${String(n)} recovery codes are left.`);

interface AskProps {
  action: Action;
  withCode: boolean;
  done: (outcome: Outcome) => void;
  cancel: () => void;
}

/** AskAgain wants the password again, and a code where there is an app: the browser may have been left unlocked. */
function AskAgain({ action, withCode, done, cancel }: AskProps) {
  const [password, setPassword] = useState("");
  const [code, setCode] = useState("");
  const asking = useMutation({
    mutationFn: () => action.run({ current_password: password, ...(withCode && { code }) }),
    onSuccess: done,
  });
  const errors = fieldErrors(asking.error);
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    asking.mutate();
  };
  return (
    <form onSubmit={submit} aria-label={action.label}>
      <Stack gap="sm" maw={400}>
        {asking.isError && !errors.current_password && !errors.code && (
          <Alert color="red" role="alert">
            {errorMessage(asking.error)}
          </Alert>
        )}
        <PasswordInput
          label="Your password"
          autoComplete="current-password"
          required
          value={password}
          error={errors.current_password && "This is not your password."}
          onChange={(e) => setPassword(e.currentTarget.value)}
          autoFocus
        />
        {withCode && (
          <TextInput
            label="Code"
            description="From your authenticator app, or a recovery code."
            autoComplete="one-time-code"
            required
            maxLength={30}
            value={code}
            error={errors.code && "This code is not right, or was used before."}
            onChange={(e) => setCode(e.currentTarget.value)}
          />
        )}
        <Group>
          <Button type="submit" loading={asking.isPending} color={action.danger ? "red" : undefined}>
            {action.danger ? action.label : "Continue"}
          </Button>
          <Button variant="default" onClick={cancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
