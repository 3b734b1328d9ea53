import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { answer, api } from "../api/client";
import type { Conversation, Me } from "../api/types";
import { viewOf, apiViews, comparator, type View, views } from "../conversation/views";
import { useLive } from "../live/context";
import { dropStale, queryKeys, storeConversations } from "../live/store";
import { useConversations } from "../live/useConversations";
import { useMe } from "../session/session";

type List = (typeof apiViews)[View];

/** useConversationList loads one of the API's lists into the cache, page by page. */
export function useConversationList(list: List, me: Me, shown?: string) {
  const { ready } = useLive();
  return useInfiniteQuery({
    queryKey: queryKeys.view(list),
    enabled: ready,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const page = await answer(
        api.GET("/v1/conversations", {
          params: {
            query: { view: list, limit: 100, ...(list === "closed" && { time_zone: zone() }), ...(pageParam && { cursor: pageParam }) },
          },
        }),
      );
      storeConversations(...page.items);
      if (!pageParam) dropStale((c) => isIn(c, list, me), shown);
      return page.next;
    },
    getNextPageParam: (next) => next ?? undefined,
  });
}

/** zone is where this agent's day begins at midnight. */
const zone = () => Intl.DateTimeFormat().resolvedOptions().timeZone;

const isIn = (c: Conversation, list: List, me: Me): boolean => {
  const view = viewOf(c, me);
  return view !== null && apiViews[view] === list;
};

/** useViews sorts the cached conversations into the views of the inbox. */
export function useViews(): Record<View, Conversation[]> {
  const me = useMe();
  const all = useConversations();
  return useMemo(() => {
    const sorted: Record<View, Conversation[]> = { offers: [], mine: [], waiting: [], open: [], closed: [] };
    for (const c of Object.values(all)) {
      const view = viewOf(c, me);
      if (view) sorted[view].push(c);
    }
    for (const view of views) sorted[view].sort(comparator(view));
    return sorted;
  }, [all, me]);
}
