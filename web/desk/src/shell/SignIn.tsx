import { Anchor, Button, PasswordInput, Text, TextInput } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "../api/client";
import { asksForCode, signIn, type Credentials } from "../session/session";
import { EnterCode } from "./EnterCode";
import { SignInCard } from "./SignInCard";
import { SingleSignOn } from "../session/SingleSignOn";

/** SignIn asks for e-mail address and password, and for a code where there is an authenticator app. */
export function SignIn() {
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const [step, setStep] = useState<"password" | "code" | "forgotten">("password");
  const options = useQuery({ queryKey: ["sign-in-options"], queryFn: () => answer(api.GET("/v1/session")), staleTime: Infinity });
  const signingIn = useMutation({
    mutationFn: (who: Credentials) => signIn(who),
    onError: (error) => {
      if (asksForCode(error)) setStep("code");
    },
  });
  if (step === "forgotten") return <Forgotten email={email} back={() => setStep("password")} />;
  if (step === "code")
    return (
      <EnterCode
        error={signingIn.error}
        pending={signingIn.isPending}
        submit={(code) => signingIn.mutate({ email, password, code })}
        back={() => {
          signingIn.reset();
          setPassword("");
          setStep("password");
        }}
      />
    );
  return (
    <SignInCard
      title="Switchboard"
      error={asksForCode(signingIn.error) ? undefined : signingIn.error}
      onSubmit={() => signingIn.mutate({ email, password })}
    >
      <SingleSignOn />
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
      {options.data?.password_reset_by_email && (
        <Anchor component="button" type="button" size="sm" underline="always" ta="center" onClick={() => setStep("forgotten")}>
          Forgot password?
        </Anchor>
      )}
    </SignInCard>
  );
}

/** Forgotten has a link sent; whether somebody has the address is not told. */
function Forgotten({ email: typed, back }: { email: string; back: () => void }) {
  const [email, setEmail] = useState(typed);
  const asking = useMutation({ mutationFn: () => answer(api.POST("/v1/session/forgotten", { body: { email } })) });
  const toSignIn = (
    <Button variant="default" onClick={back}>
      Back to sign in
    </Button>
  );
  if (asking.isSuccess)
    return (
      <SignInCard title="Check your e-mail">
        <Text role="status">
          If {email} belongs to an account, a link to choose a new password is on its way. It expires in an hour. Look in your spam folder
          too.
        </Text>
        {toSignIn}
      </SignInCard>
    );
  return (
    <SignInCard title="Reset your password" error={asking.error} onSubmit={() => asking.mutate()}>
      <Text size="sm">Enter your e-mail address. You will get a link to choose a new password.</Text>
      <TextInput
        label="E-mail address"
        type="email"
        autoComplete="username"
        required
        value={email}
        onChange={(e) => setEmail(e.currentTarget.value)}
        autoFocus
      />
      <Button type="submit" loading={asking.isPending}>
        Send link
      </Button>
      {toSignIn}
    </SignInCard>
  );
}
