import { newID } from "../../../shared/uuid";
import { answer, api, errorMessage } from "../api/client";

/** Steering is what a supervisor does with conversations of others, one or many. */
export type Steering =
  { do: "assign"; agent_id: string; over_capacity: boolean } | { do: "move"; queue_id: string } | { do: "force-close" };

/** steer does it with one conversation. A repeated key has no further effect. */
export function steer(id: string, what: Steering, key = newID()): Promise<unknown> {
  const params = { path: { id }, header: { "Idempotency-Key": key } };
  switch (what.do) {
    case "assign":
      return answer(
        api.POST("/v1/conversations/{id}/assign", { params, body: { agent_id: what.agent_id, over_capacity: what.over_capacity } }),
      );
    case "move":
      return answer(api.POST("/v1/conversations/{id}/assign", { params, body: { queue_id: what.queue_id, over_capacity: false } }));
    case "force-close":
      return answer(api.POST("/v1/conversations/{id}/force-close", { params }));
  }
}

/** Outcome is what became of one conversation; error is why it was refused. */
export interface Outcome {
  id: string;
  error?: string;
}

const atOnce = 4; // commands on their way; each is a step of a workflow

/**
 * steerAll does it with many, and tells the outcome of each as it is known. When it is stopped, those that
 * have not begun are left as they are.
 */
export async function steerAll(
  ids: readonly string[],
  run: (id: string) => Promise<unknown>,
  told: (done: Outcome) => void,
  stop: AbortSignal,
): Promise<void> {
  const rest = ids.values();
  const work = async () => {
    for (const id of rest) {
      if (stop.aborted) return;
      try {
        await run(id);
        told({ id });
      } catch (error) {
        told({ id, error: errorMessage(error) });
      }
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
}
