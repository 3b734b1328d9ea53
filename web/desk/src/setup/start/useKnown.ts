import { useQueries, useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import { useTraffic } from "../channels/accounts";
import { all, key, useAccounts, useHoursList, useQueues, useWidgets, useWorkstreams } from "../lists";
import type { Known } from "./steps";

const readAutomated = () => all((query) => answer(api.GET("/v1/automated-messages", { params: { query } })));

/** useKnown reads what the first steps depend on. */
export function useKnown() {
  const accounts = useAccounts();
  const widgets = useWidgets();
  const queues = useQueues();
  const workstreams = useWorkstreams();
  const hours = useHoursList();
  const automated = useQuery({ queryKey: key("messages"), staleTime: 0, queryFn: readAutomated });
  const received = useTraffic();
  const addresses = useQueries({
    queries: (accounts.data ?? []).map(({ id }) => ({
      queryKey: key("addresses", id),
      queryFn: () => all((query) => answer(api.GET("/v1/accounts/{id}/addresses", { params: { path: { id }, query } }))),
    })),
  });
  const queries = [accounts, widgets, queues, workstreams, hours, automated, received, ...addresses];
  const failed = queries.find((q) => q.isError && q.data === undefined);
  const retry = () => queries.filter((q) => q.isError).forEach((q) => void q.refetch());
  if (queries.some((q) => q.data === undefined)) return { known: undefined, error: failed?.error ?? null, retry };
  const known: Known = {
    accounts: accounts.data ?? [],
    widgets: widgets.data ?? [],
    queues: queues.data ?? [],
    workstreams: workstreams.data ?? [],
    hours: hours.data ?? [],
    greets: (automated.data ?? []).some((m) => m.enabled && m.visibility !== "agent"),
    received: Object.keys(received.data?.last ?? {}).length > 0,
    addresses: addresses.reduce((n, q) => n + (q.data?.length ?? 0), 0),
  };
  return { known, error: null, retry };
}
