import { Modal, Stack, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import { signInKey } from "../session/session";
import { LoadError, SkeletonRows } from "../ui/States";
import { FactorSection } from "./FactorSection";
import { PasswordSection } from "./PasswordSection";
import { SessionsSection } from "./SessionsSection";

/** AccountDialog is where a person looks after how they sign in. */
export function AccountDialog({ onClose }: { onClose: () => void }) {
  const state = useQuery({ queryKey: signInKey, queryFn: () => answer(api.GET("/v1/me/sign-in")), staleTime: 0 });
  return (
    <Modal opened onClose={onClose} title="Your account" size="lg">
      <Stack gap="xl">
        <section aria-label="Password">
          <Title order={3} size="h5" mb="xs">
            Password
          </Title>
          <PasswordSection />
        </section>
        {state.isPending && <SkeletonRows n={3} h={44} />}
        {state.isError && !state.data && (
          <LoadError what="Could not load how you sign in" error={state.error} retry={() => void state.refetch()} />
        )}
        {state.data && (
          <>
            <section aria-label="Two-step verification">
              <Title order={3} size="h5" mb="xs">
                Two-step verification
              </Title>
              <FactorSection state={state.data} />
            </section>
            <section aria-label="Where you are signed in">
              <Title order={3} size="h5" mb="xs">
                Where you are signed in
              </Title>
              <SessionsSection sessions={state.data.sessions} />
            </section>
          </>
        )}
      </Stack>
    </Modal>
  );
}
