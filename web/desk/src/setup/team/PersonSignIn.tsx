import { Badge, Button, Group, Stack, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { SessionList } from "../../session/SessionList";
import { notify, notifyError } from "../../ui/notify";
import { LoadError, SkeletonRows } from "../../ui/States";
import { refresh, type Agent } from "../lists";
import { LinkToPassOn } from "./LinkToPassOn";
import { endSessions, makeLink, resetSecondFactor, useSignInState, type LinkKind, type SignInState } from "./signIn";

/** PersonSignIn is how somebody signs in, and what an administrator can do about it. */
export function PersonSignIn({ agent }: { agent: Agent }) {
  const state = useSignInState(agent.id);
  if (state.error && !state.data)
    return <LoadError what="Could not load how they sign in" error={state.error} retry={() => void state.refetch()} />;
  if (!state.data) return <SkeletonRows n={2} h={44} />;
  return (
    <Stack gap="md">
      <Links agent={agent} state={state.data} />
      <Factor agent={agent} state={state.data} />
      <Sessions agent={agent} state={state.data} />
    </Stack>
  );
}

const at = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

const passwords: Record<SignInState["password"], string> = {
  none: "They have not chosen a password yet.",
  temporary: "An administrator chose their password. They have to choose their own when they sign in.",
  own: "They chose their own password.",
};

/** Links makes the link by which the person sets their password. */
function Links({ agent, state }: { agent: Agent; state: SignInState }) {
  const kind: LinkKind = state.password === "none" ? "invitation" : "reset";
  const making = useMutation({
    mutationFn: (byEmail: boolean) => makeLink(agent.id, kind, byEmail),
    onSuccess: () => refresh("sign-in", agent.id),
    onError: (e) => notifyError("Could not make the link", e),
  });
  const label = kind === "invitation" ? "Create invitation link" : "Reset password";
  return (
    <Stack gap="xs">
      <Text size="sm">
        {passwords[state.password]}{" "}
        {state.link &&
          `${state.link.kind === "invitation" ? "An invitation" : "A link to choose a new one"} was made and not used yet; it works until ${at.format(new Date(state.link.expires_at))}.`}
      </Text>
      {agent.disabled ? (
        <Text size="sm" c="dimmed">
          They are disabled and cannot sign in.
        </Text>
      ) : (
        <Group gap="sm">
          <Button variant="default" loading={making.isPending && !making.variables} onClick={() => making.mutate(false)}>
            {label}
          </Button>
          {state.email_possible && (
            <Button variant="default" loading={making.isPending && making.variables} onClick={() => making.mutate(true)}>
              {kind === "invitation" ? "Send invitation by e-mail" : "Send link by e-mail"}
            </Button>
          )}
        </Group>
      )}
      {making.data && <LinkToPassOn name={agent.name} email={agent.email} kind={kind} link={making.data} />}
    </Stack>
  );
}

function Factor({ agent, state }: { agent: Agent; state: SignInState }) {
  const resetting = useMutation({
    mutationFn: () => resetSecondFactor(agent.id),
    onSuccess: () => {
      notify(`${agent.name} signs in with the password only, and is signed out everywhere.`);
      return refresh("sign-in", agent.id);
    },
    onError: (e) => notifyError("Could not reset two-step verification", e),
  });
  return (
    <Group gap="sm">
      <Text size="sm">Two-step verification</Text>
      <Badge variant="outline" color={state.second_factor ? "green" : "gray"} className="state">
        {state.second_factor ? "On" : state.second_factor_required ? "Required, not set up" : "Off"}
      </Badge>
      {state.second_factor && (
        <Button variant="default" size="xs" loading={resetting.isPending} onClick={() => resetting.mutate()}>
          Reset two-step verification
        </Button>
      )}
    </Group>
  );
}

function Sessions({ agent, state }: { agent: Agent; state: SignInState }) {
  const ending = useMutation({
    mutationFn: () => endSessions(agent.id),
    onSuccess: () => refresh("sign-in", agent.id),
    onError: (e) => notifyError("Could not sign them out", e),
  });
  if (state.sessions.length === 0)
    return (
      <Text size="sm" c="dimmed">
        They are not signed in anywhere.
      </Text>
    );
  return (
    <Stack gap="sm">
      <SessionList sessions={state.sessions} />
      <div>
        <Button variant="default" loading={ending.isPending} onClick={() => ending.mutate()}>
          Sign out everywhere
        </Button>
      </div>
    </Stack>
  );
}
