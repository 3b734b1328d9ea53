import { useQuery } from "@tanstack/react-query";

import { Problem } from "../api/client";
import type { Conversation } from "../api/types";
import { fetchConversation } from "./apply";
import { useLive } from "./context";
import { queryKeys, knownConversations, type Conversations } from "./store";

/** useConversations is every conversation that the desk has heard of. */
export function useConversations(): Conversations {
  return useQuery({ queryKey: queryKeys.conversations, queryFn: knownConversations, enabled: false }).data ?? {};
}

/** useConversation is a conversation as it is known, read at once when it is not. */
export function useConversation(id: string): { c?: Conversation; error: Error | null; retry: () => void } {
  const { ready } = useLive();
  const c = useConversations()[id];
  const reading = useQuery({
    queryKey: queryKeys.detail(id, "itself"),
    enabled: ready,
    queryFn: async () => {
      await fetchConversation(id);
      return true;
    },
    retry: (n, error) => error instanceof Problem && error.retryable && n < 4,
  });
  return { c, error: reading.error, retry: () => void reading.refetch() };
}
