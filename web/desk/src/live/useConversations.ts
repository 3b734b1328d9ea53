import { useQuery } from "@tanstack/react-query";

import { Problem } from "../api/client";
import type { Conversation } from "../api/types";
import { fetchConversation } from "./apply";
import { useLive } from "./context";
import { queryKeys, knownConversations, type Conversations } from "./store";

/** useConversations returns every conversation in the cache. */
export function useConversations(): Conversations {
  return useQuery({ queryKey: queryKeys.conversations, queryFn: knownConversations, enabled: false }).data ?? {};
}

/** useConversation returns a conversation from the cache, and fetches it. */
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
