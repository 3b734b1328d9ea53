import { useMutation, useQuery } from "@tanstack/react-query";

import { newID } from "../../../shared/uuid";
import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import type { components } from "../../../shared/schema";
import { queryClient, queryKeys, storeConversations } from "../live/store";
import { useLive } from "../live/context";
import { all } from "../setup/lists";
import { notifyError } from "../ui/notify";

export type Participant = components["schemas"]["Participant"];
export type ConsultMessage = components["schemas"]["ConsultMessage"];
type Aim = components["schemas"]["Aim"];
type Step = "accept" | "decline" | "bring-in" | "remove" | "leave";

const failures: Record<Step, string> = {
  accept: "Could not accept the request",
  decline: "Could not decline the request",
  "bring-in": "Could not bring your colleague in",
  remove: "Could not end the consultation",
  leave: "Could not leave the conversation",
};

const consultKey = (participant: string) => ["consult", participant] as const;

/** consult asks a colleague, or whoever of a queue can, for advice. */
export async function consult(id: string, to: Aim): Promise<void> {
  const params = { path: { id }, header: { "Idempotency-Key": newID() } };
  storeConversations(await answer(api.POST("/v1/conversations/{id}/consults", { params, body: to })));
}

function post(id: string, participant: string, what: Step): Promise<Conversation> {
  const header = { "Idempotency-Key": newID() };
  const params = { path: { id, participant_id: participant }, header };
  switch (what) {
    case "accept":
      return answer(api.POST("/v1/conversations/{id}/consults/{participant_id}/accept", { params }));
    case "decline":
      return answer(api.POST("/v1/conversations/{id}/consults/{participant_id}/decline", { params }));
    case "bring-in":
      return answer(api.POST("/v1/conversations/{id}/consults/{participant_id}/bring-in", { params }));
    case "remove":
      return answer(api.POST("/v1/conversations/{id}/consults/{participant_id}/remove", { params }));
    case "leave":
      return answer(api.POST("/v1/conversations/{id}/leave", { params: { path: { id }, header } }));
  }
}

/** useStep answers a request, or goes on with a consultation. */
export const useStep = (id: string, participant: string, after?: (what: Step) => void) =>
  useMutation({
    mutationFn: async (what: Step) => storeConversations(await post(id, participant, what)),
    onSuccess: (_, what) => after?.(what),
    onError: (e, what) => notifyError(failures[what], e),
  });

/** useConsultMessages are what agent and consultant say to each other. */
export const useConsultMessages = (id: string, participant: string) =>
  useQuery({
    queryKey: consultKey(participant),
    staleTime: 0,
    queryFn: () =>
      all(({ limit, cursor }) =>
        answer(
          api.GET("/v1/conversations/{id}/consults/{participant_id}/messages", {
            params: { path: { id, participant_id: participant }, query: { limit, ...(cursor && { after: Number(cursor) }) } },
          }),
        ),
      ),
  });

/** useSay writes into a consultation. A repeated try under the same key writes once. */
export const useSay = (id: string, participant: string, done: () => void) =>
  useMutation({
    mutationFn: ({ text, key }: { text: string; key: string }) =>
      answer(
        api.POST("/v1/conversations/{id}/consults/{participant_id}/messages", {
          params: { path: { id, participant_id: participant }, header: { "Idempotency-Key": key } },
          body: { text },
        }),
      ),
    onSuccess: (m) => {
      queryClient.setQueryData<ConsultMessage[]>(consultKey(participant), (list = []) =>
        list.some((x) => x.id === m.id) ? list : [...list, m],
      );
      done();
    },
    onError: (e) => notifyError("Could not send the message to your colleague", e),
  });

/** useParticipating loads the conversations in which I take part, or am asked to. */
export function useParticipating(): void {
  const { ready } = useLive();
  useQuery({
    queryKey: queryKeys.view("participating"),
    enabled: ready,
    queryFn: async () => {
      const { items } = await answer(api.GET("/v1/conversations", { params: { query: { view: "participating", limit: 100 } } }));
      storeConversations(...items);
      return items.length;
    },
  });
}
