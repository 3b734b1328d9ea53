import { answer, api, Problem } from "../api/client";
import { finish } from "../commands/deferred";
import { keepAll } from "../composer/drafts";
import { unsent } from "../composer/outbox";
import { forgetAll } from "../ui/localStore";

/** Unsent says that signing out would lose messages. */
class Unsent extends Problem {
  constructor(n: number) {
    const detail = `${n === 1 ? "A message was" : `${String(n)} messages were`} not sent yet. Wait for the connection, or discard what failed.`;
    super(409, { type: "", title: "", status: 409, code: "unsent", detail });
  }
}

/** signOut ends the sign-in, and takes what was kept of it out of this browser. */
export async function signOut(): Promise<void> {
  const left = unsent();
  if (left > 0) throw new Unsent(left);
  await Promise.all([keepAll(), finish()]);
  await answer(api.DELETE("/v1/session"));
  forgetAll();
}
