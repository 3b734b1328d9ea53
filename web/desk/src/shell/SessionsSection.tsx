import { Button, Stack } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import { queryClient } from "../live/store";
import { signInKey } from "../session/session";
import { SessionList, type SignInSession } from "../session/SessionList";
import { notifyError } from "../ui/notify";

/** SessionsSection shows where I am signed in, and ends it. */
export function SessionsSection({ sessions }: { sessions: SignInSession[] }) {
  const reread = () => queryClient.invalidateQueries({ queryKey: signInKey });
  const onError = (e: Error) => notifyError("Could not sign out", e);
  const end = useMutation({
    mutationFn: (id: string) => answer(api.DELETE("/v1/me/sessions/{id}", { params: { path: { id } } })),
    onSettled: reread,
    onError,
  });
  const endOthers = useMutation({ mutationFn: () => answer(api.DELETE("/v1/me/sessions")), onSettled: reread, onError });
  return (
    <Stack gap="md" align="stretch">
      <SessionList sessions={sessions} end={(id) => end.mutate(id)} ending={end.isPending ? end.variables : undefined} />
      {sessions.length > 1 && (
        <div>
          <Button variant="default" loading={endOthers.isPending} onClick={() => endOthers.mutate()}>
            Sign out everywhere else
          </Button>
        </div>
      )}
    </Stack>
  );
}
