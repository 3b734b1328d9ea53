import { Button, Group } from "@mantine/core";
import type { InfiniteData, UseInfiniteQueryResult } from "@tanstack/react-query";
import type { ReactNode } from "react";

import { LoadError, SkeletonRows } from "../ui/States";
import { Rows, SearchBox, type Column } from "./ListOf";
import type { Page } from "./lists";

interface Props<T> {
  label: string; // "People"
  query: UseInfiniteQueryResult<InfiniteData<Page<T>>>;
  search: string;
  setSearch: (to: string) => void;
  columns: Column<T>[];
  empty: ReactNode;
}

/** PagedList is a list of Setup that may be very long: the server searches it, and pages are read when they are asked for. */
export function PagedList<T extends { id: string }>({ label, query, search, setSearch, columns, empty }: Props<T>) {
  if (query.error && !query.data)
    return <LoadError what={`Could not load ${label.toLowerCase()}`} error={query.error} retry={() => void query.refetch()} />;
  if (!query.data) return <SkeletonRows n={5} h={44} />;
  const items = query.data.pages.flatMap((page) => page.items);
  if (items.length === 0 && search === "") return empty;
  return (
    <>
      <SearchBox label={label} value={search} onChange={setSearch} />
      <Rows label={label} columns={columns} items={items} />
      <p role="status" className={items.length === 0 ? "none-found" : "hidden"}>
        {items.length === 0
          ? !query.isFetching && `Nothing matches “${search}”.`
          : search !== "" && `${query.hasNextPage ? "More than " : ""}${items.length} found`}
      </p>
      {query.hasNextPage && (
        <Group mt="sm">
          <Button variant="default" loading={query.isFetchingNextPage} onClick={() => void query.fetchNextPage()}>
            Show more
          </Button>
        </Group>
      )}
    </>
  );
}
