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

/** signOut ends the session and deletes what this browser stored for it. */
export async function signOut(): Promise<void> {
  const left = unsentCount();
  if (left > 0) throw new UnsentMessages(left);
  await Promise.all([saveAllDrafts(), flushDeferred()]);
  await answer(api.DELETE("/v1/session"));
  clearStores();
}

/** leaveEarly signs out somebody who has not come as far as the desk. */
export async function leaveEarly(): Promise<void> {
  await answer(api.DELETE("/v1/session"));
  queryClient.setQueryData(queryKeys.me, null);
}
