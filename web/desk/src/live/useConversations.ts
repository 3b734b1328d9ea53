import { useQuery } from "@tanstack/react-query";

import { Problem } from "../api/client";
import type { Conversation } from "../api/types";
import { read } from "./apply";
import { useLive } from "./context";
import { keys, known, type Known } from "./store";

/** useKnown is every conversation that the desk has heard of. */
export function useKnown(): Known {
  return useQuery({ queryKey: keys.known, queryFn: known, enabled: false }).data ?? {};
}

/** useConversation is a conversation as it is known, read at once when it is not. */
export function useConversation(id: string): { c?: Conversation; error: Error | null; again: () => void } {
  const { joined } = useLive();
  const c = useKnown()[id];
  const reading = useQuery({
    queryKey: keys.about(id, "itself"),
    enabled: joined,
    queryFn: async () => {
      await read(id);
      return true;
    },
    retry: (n, error) => error instanceof Problem && error.again && n < 4,
  });
  return { c, error: reading.error, again: () => void reading.refetch() };
}
