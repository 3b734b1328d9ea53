import { useQuery } from "@tanstack/react-query";
import { useCallback, useRef, useState } from "react";

import { answer, api } from "../api/client";
import { useLive } from "../live/context";
import { mergeMessages } from "../live/merge";
import { mergeFetchedThread, queryKeys, queryClient, type Thread } from "../live/store";

const page = 60;

/** messagesBefore reads the page of messages before one. */
export const messagesBefore = (id: string, before: number) =>
  answer(api.GET("/v1/conversations/{id}/messages", { params: { path: { id }, query: { before, limit: page } } }));

/** useThread loads a thread's messages, the latest page first. */
export function useThread(id: string) {
  const { ready } = useLive();
  const thread = useQuery({
    queryKey: queryKeys.thread(id),
    enabled: ready,
    queryFn: async () => {
      const got = await messagesBefore(id, Number.MAX_SAFE_INTEGER);
      return mergeFetchedThread(id, got.items, got.next !== null);
    },
  });
  const busy = useRef(false);
  const [failed, setFailed] = useState(false);
  const first = thread.data?.messages[0]?.seq;
  const older = useCallback(async () => {
    if (busy.current || first === undefined) return;
    busy.current = true;
    try {
      const got = await messagesBefore(id, first);
      queryClient.setQueryData<Thread>(
        queryKeys.thread(id),
        (t) => t && { messages: mergeMessages(t.messages, got.items), hasOlder: got.next !== null },
      );
      setFailed(false);
    } catch {
      setFailed(true);
    } finally {
      busy.current = false;
    }
  }, [id, first]);
  return { thread, older, failed };
}

/** useNotes loads a conversation's notes, the oldest first. */
export function useNotes(id: string) {
  const { ready } = useLive();
  return useQuery({
    queryKey: queryKeys.notes(id),
    enabled: ready,
    queryFn: async () => (await answer(api.GET("/v1/conversations/{id}/notes", { params: { path: { id }, query: { limit: 200 } } }))).items,
  });
}
