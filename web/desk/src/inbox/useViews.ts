import { useInfiniteQuery } from "@tanstack/react-query";
import { useMemo } from "react";

import { answer, api } from "../api/client";
import type { Conversation, Me } from "../api/types";
import { useLive } from "../live/context";
import { dropUnheard, keys, learn } from "../live/store";
import { useKnown } from "../live/useConversations";
import { useMe } from "../session/session";
import { belongs, lists, order, type View, views } from "../conversation/views";

type List = (typeof lists)[View];

/** useList reads one of the API's lists into what is known, page by page. */
export function useList(list: List, me: Me, shown?: string) {
  const { joined } = useLive();
  return useInfiniteQuery({
    queryKey: keys.view(list),
    enabled: joined,
    initialPageParam: undefined as string | undefined,
    queryFn: async ({ pageParam }) => {
      const page = await answer(
        api.GET("/v1/conversations", { params: { query: { view: list, limit: 100, ...(pageParam && { cursor: pageParam }) } } }),
      );
      learn(...page.items);
      if (!pageParam) dropUnheard((c) => isIn(c, list, me), shown);
      return page.next;
    },
    getNextPageParam: (next) => next ?? undefined,
  });
}

const isIn = (c: Conversation, list: List, me: Me): boolean => {
  const view = belongs.placeOf(c, me);
  return view !== null && lists[view] === list;
};

/** useViews sorts what is known into the views of the inbox. */
export function useViews(): Record<View, Conversation[]> {
  const me = useMe();
  const all = useKnown();
  return useMemo(() => {
    const sorted: Record<View, Conversation[]> = { offers: [], mine: [], waiting: [], open: [], closed: [] };
    for (const c of Object.values(all)) {
      const view = belongs.placeOf(c, me);
      if (view) sorted[view].push(c);
    }
    for (const view of views) sorted[view].sort(order(view));
    return sorted;
  }, [all, me]);
}
