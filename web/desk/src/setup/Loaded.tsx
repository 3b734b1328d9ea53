import { useQuery } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { LoadError, SkeletonRows } from "../ui/States";
import type { Versioned } from "./versioned";

interface Props<T> {
  what: string; // "the queue"
  queryKey: readonly string[];
  read: () => Promise<Versioned<T>>;
  children: (loaded: Versioned<T>) => ReactNode;
}

/** Loaded reads one thing of Setup and shows it, or why it cannot. */
export function Loaded<T>({ what, queryKey, read, children }: Props<T>) {
  const query = useQuery({ queryKey, staleTime: 0, queryFn: read });
  if (query.data) return children(query.data);
  if (query.isError) return <LoadError what={`Could not load ${what}`} error={query.error} retry={() => void query.refetch()} />;
  return <SkeletonRows n={4} h={44} />;
}
