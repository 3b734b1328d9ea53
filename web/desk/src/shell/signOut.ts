import { answer, api, Problem } from "../api/client";
import { flushDeferred } from "../commands/deferred";
import { saveAllDrafts } from "../composer/drafts";
import { unsentCount } from "../composer/outbox";
import { queryKeys, queryClient } from "../live/store";
import { clearStores } from "../ui/localStore";

/** UnsentMessages is the error that signing out would lose messages. */
class UnsentMessages extends Problem {
  constructor(n: number) {
    const unsent = `${n === 1 ? "1 message has" : `${String(n)} messages have`} not been sent yet.`;
    const detail = `${unsent} Wait until you are back online, or discard failed messages.`;
    super(409, { type: "", title: "", status: 409, code: "unsent", detail });
  }
}

/** elsewhere is where the session at an identity provider ends; null after signing in with a password. */
async function elsewhere(): Promise<string | null> {
  const found = await api.GET("/v1/me/single-sign-out").catch(() => undefined); // nobody is kept from signing out by it
  return found?.data?.url ?? null;
}

/** signOut ends the session, here and where it began, and deletes what this browser stored for it. */
export async function signOut(): Promise<void> {
  const left = unsentCount();
  if (left > 0) throw new UnsentMessages(left);
  await Promise.all([saveAllDrafts(), flushDeferred()]);
  const to = await elsewhere();
  await answer(api.DELETE("/v1/session"));
  clearStores();
  if (to !== null) location.assign(to);
}

/** leaveEarly signs out somebody who has not come as far as the desk. */
export async function leaveEarly(): Promise<void> {
  await answer(api.DELETE("/v1/session"));
  queryClient.setQueryData(queryKeys.me, null);
}
