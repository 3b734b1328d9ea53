import { Button, Center, Loader, Stack, Text } from "@mantine/core";
import { lazy, Suspense, useEffect, useState, type ReactNode } from "react";

import { errorMessage, setSignedOutHandler } from "../api/client";
import type { Me } from "../api/types";
import { useSaveOnLeave } from "../composer/drafts";
import { flushAll } from "../composer/outbox";
import { applyEvents, resync } from "../live/apply";
import { LiveContext, type LiveState } from "../live/context";
import { SharedEvents } from "../live/sharedEvents";
import { queryKeys, queryClient } from "../live/store";
import { alertAgent } from "../offers/alerts";
import { MeContext, rereadMe, useSession } from "../session/session";
import { cell } from "../state/state";
import { setStoreOwner } from "../ui/localStore";
import { leaveEarly } from "./signOut";

// Who is signed in does without these.
const SignIn = lazy(() => import("./SignIn").then((m) => ({ default: m.SignIn })));
const Welcome = lazy(() => import("./Welcome").then((m) => ({ default: m.Welcome })));
const MustChangePassword = lazy(() => import("./MustChangePassword").then((m) => ({ default: m.MustChangePassword })));
const MustSetUpFactor = lazy(() => import("./MustSetUpFactor").then((m) => ({ default: m.MustSetUpFactor })));

/** SessionGate shows the desk when signed in, else the sign-in page, or what was opened by a link. */
export function SessionGate({ children }: { children: ReactNode }) {
  if (location.pathname === "/desk/welcome")
    return (
      <Suspense>
        <Welcome />
      </Suspense>
    );
  return <SignedIn>{children}</SignedIn>;
}

/** useSettingUp keeps the set-up of a second factor open until its recovery codes were seen. */
function useSettingUp(me: Me | null | undefined) {
  const [agent, setAgent] = useState<string>(); // whose it is
  const now = me?.agent?.id;
  if (me?.needs === "second_factor" && agent !== now) setAgent(now);
  if (me === null && agent !== undefined) setAgent(undefined); // signed out before it was done
  return { open: now !== undefined && agent === now, close: () => void rereadMe().then(() => setAgent(undefined)) };
}

function SignedIn({ children }: { children: ReactNode }) {
  const session = useSession();
  const settingUp = useSettingUp(session.data);
  useEffect(
    () =>
      setSignedOutHandler(
        () => queryClient.setQueryData(queryKeys.me, null),
        () => void rereadMe(),
      ),
    [],
  );
  if (session.isPending) {
    return (
      <Center h="100dvh">
        <Loader aria-label="Loading Switchboard" />
      </Center>
    );
  }
  if (session.data === undefined) {
    return (
      <Center component="main" h="100dvh" p="md">
        <Stack align="center" maw={360}>
          <Text ta="center">{errorMessage(session.error)}</Text>
          <Button onClick={() => void session.refetch()} loading={session.isFetching}>
            Try again
          </Button>
        </Stack>
      </Center>
    );
  }
  if (session.data?.agent == null)
    return (
      <Suspense>
        <SignIn />
      </Suspense>
    );
  const leave = () => void leaveEarly();
  if (session.data.needs === "password")
    return (
      <Suspense>
        <MustChangePassword signOut={leave} />
      </Suspense>
    );
  if (settingUp.open)
    return (
      <Suspense>
        <MustSetUpFactor done={settingUp.close} signOut={leave} />
      </Suspense>
    );
  setStoreOwner(session.data.view_until ? "" : session.data.agent.id); // who views as somebody keeps nothing of theirs
  return (
    <MeContext value={session.data}>
      <Connected key={session.data.agent.id} me={session.data}>
        {children}
      </Connected>
    </MeContext>
  );
}

const connection = cell<SharedEvents | undefined>("session.connection", () => undefined); // of this tab

/** Connected follows the event stream while an agent is signed in. */
function Connected({ me, children }: { me: Me; children: ReactNode }) {
  const [state, setState] = useState<LiveState>({
    status: "connecting",
    ready: false,
    isLeader: () => connection.get()?.isLeader ?? false,
    signOut: () => connection.get()?.close(true),
  });
  const agent = me.agent?.id ?? "";
  useSaveOnLeave();
  useEffect(() => {
    const now = () => queryClient.getQueryData<Me>(queryKeys.me) ?? me;
    let late = false; // lists were read before the stream was open
    const live: SharedEvents = new SharedEvents(agent, {
      events: (events) => {
        applyEvents(events, now());
        alertAgent(events, now(), live.isLeader);
      },
      resync,
      status: (status) => setState((s) => ({ ...s, status })),
      ready: () => {
        if (late) resync();
        setState((s) => ({ ...s, ready: true }));
        flushAll();
      },
      refused: () => void queryClient.invalidateQueries({ queryKey: queryKeys.me }),
      signedOut: () => queryClient.setQueryData(queryKeys.me, null),
    });
    // What is fetched after joining is complete. Without a stream it is fetched all the
    // same after a moment, and once more when there is one.
    const timer = setTimeout(() => {
      late = true;
      setState((s) => ({ ...s, ready: true }));
    }, 2000);
    connection.set(live);
    return () => {
      clearTimeout(timer);
      live.close(false);
    };
    // eslint-disable-next-line react-hooks/exhaustive-deps -- one connection per agent; who they are is read when needed
  }, [agent]);
  return <LiveContext value={state}>{children}</LiveContext>;
}
