import { keepPreviousData, useInfiniteQuery, useQuery } from "@tanstack/react-query";

import type { paths } from "../../../../shared/schema";
import { answer, api } from "../../api/client";
import { all, key, refresh } from "../lists";

type AgentQuery = NonNullable<paths["/v1/agents"]["get"]["parameters"]["query"]>;

const readAgents = (query: AgentQuery) => answer(api.GET("/v1/agents", { params: { query } }));

/** searched is the parameter of a search; an empty one is none. */
const searched = (q: string) => (q === "" ? {} : { q });

/** usePeople reads the people who are looked for page by page, the oldest first. */
export const usePeople = (q: string) =>
  useInfiniteQuery({
    queryKey: key("agents", "pages", q),
    staleTime: 0,
    placeholderData: keepPreviousData,
    initialPageParam: "",
    queryFn: ({ pageParam }) => readAgents({ limit: 100, ...searched(q), ...(pageParam && { cursor: pageParam }) }),
    getNextPageParam: (last) => last.next,
  });

/** useSomePeople reads the first page of those who are asked for. */
export const useSomePeople = (query: AgentQuery, enabled = true) =>
  useQuery({
    queryKey: key("agents", "some", JSON.stringify(query)),
    staleTime: 0,
    enabled,
    placeholderData: keepPreviousData,
    queryFn: () => readAgents({ limit: 50, ...query }),
  });

/** readNamed reads people by their ids, atOnce at most. */
export const readNamed = (ids: string[]) => readAgents({ id: ids });

export const atOnce = 100; // ids of one request, whose address must not be too long

/** useQueuesOf are the queues of which somebody is a member. */
export const useQueuesOf = (agent: string) =>
  useQuery({
    queryKey: key("agent-queues", agent),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/queues", { params: { query: { ...query, agent_id: agent } } }))),
  });

/** useSomeMembers reads the first page of a queue's members who are looked for. */
export const useSomeMembers = (queue: string, q: string) =>
  useQuery({
    queryKey: key("members", queue, q),
    staleTime: 0,
    placeholderData: keepPreviousData,
    queryFn: () => answer(api.GET("/v1/queues/{id}/members", { params: { path: { id: queue }, query: { limit: 100, ...searched(q) } } })),
  });

/** membersChanged reads again what shows who is in which queue. */
export const membersChanged = () =>
  Promise.all([refresh("members"), refresh("queues"), refresh("queue"), refresh("agents"), refresh("agent-queues")]);
