import { Button, Loader, PasswordInput, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api, Problem } from "../api/client";
import { asksForCode, fieldErrors, minPassword, openSession, passwordHelp } from "../session/session";
import { EnterCode } from "./EnterCode";
import { SignInCard } from "./SignInCard";

// The page is loaded anew: what it showed before was of nobody, or of somebody else.
const enter = () => location.replace("/desk/");

/** Welcome lets a person choose their password by a link. Its token stands after the #, which no server is sent. */
export function Welcome() {
  const token = location.hash.slice(1);
  const link = useQuery({
    queryKey: ["sign-in-link", token],
    queryFn: () => answer(api.POST("/v1/session/link", { body: { token } })),
    retry: (n, error) => n < 2 && error instanceof Problem && error.retryable,
    staleTime: Infinity,
  });
  if (link.data) return <ChoosePassword token={token} {...link.data} />;
  const gone = link.error instanceof Problem && link.error.status === 404;
  if (gone)
    return (
      <SignInCard title="This link does not work">
        <Text>It was used already, replaced by a newer one, or has expired. Ask an administrator for a new one.</Text>
        <Button variant="default" onClick={enter}>
          Go to sign in
        </Button>
      </SignInCard>
    );
  if (link.error)
    return (
      <SignInCard title="Switchboard" error={link.error}>
        <Button onClick={() => void link.refetch()} loading={link.isFetching}>
          Try again
        </Button>
      </SignInCard>
    );
  return (
    <SignInCard title="Switchboard">
      <Loader aria-label="Checking the link" />
    </SignInCard>
  );
}

interface Props {
  token: string;
  kind: "invitation" | "reset";
  name: string;
  email: string;
}

function ChoosePassword({ token, kind, name, email }: Props) {
  const [password, setPassword] = useState("");
  const entering = useMutation({ mutationFn: (code?: string) => openSession({ email, password, code }), onSuccess: enter });
  const choosing = useMutation({
    mutationFn: () => answer(api.POST("/v1/session/password", { body: { token, password } })),
    onSuccess: () => {
      history.replaceState(null, "", location.pathname); // the link has done its work
      entering.mutate(undefined);
    },
  });
  const reason = fieldErrors(choosing.error).password;
  if (asksForCode(entering.error))
    return <EnterCode error={entering.error} pending={entering.isPending} submit={(code) => entering.mutate(code)} back={enter} />;
  return (
    <SignInCard
      title={kind === "invitation" ? `Welcome, ${name}` : "Choose a new password"}
      error={entering.error ?? (reason ? undefined : choosing.error)}
      onSubmit={() => (choosing.isSuccess ? entering.mutate(undefined) : choosing.mutate())}
    >
      <Text size="sm">
        {kind === "invitation"
          ? "Choose the password with which you will sign in. Nobody else knows it, administrators included."
          : "You will be signed out on all other devices."}
      </Text>
      <TextInput label="E-mail address" type="email" autoComplete="username" readOnly value={email} />
      <PasswordInput
        label="New password"
        description={passwordHelp}
        autoComplete="new-password"
        required
        minLength={minPassword}
        value={password}
        error={reason && `The password ${reason}.`}
        onChange={(e) => setPassword(e.currentTarget.value)}
        autoFocus
      />
      <Button type="submit" loading={choosing.isPending || entering.isPending}>
        Set password and sign in
      </Button>
    </SignInCard>
  );
}
