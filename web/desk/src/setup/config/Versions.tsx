import { Button, Group, Modal, Text } from "@mantine/core";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "../../api/client";
import { EmptyState } from "../../ui/States";
import { key } from "../lists";
import { ListOf } from "../ListOf";
import type { Version } from "./calls";
import { Difference } from "./Difference";
import { summary } from "./words";

const when = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** Versions lists when files were applied, shows what each changed, and begins to restore one. */
export function Versions({ restore }: { restore: (v: Version) => void }) {
  const [shown, setShown] = useState<Version | null>(null);
  const list = useInfiniteQuery({
    queryKey: key("config", "versions"),
    staleTime: 0,
    queryFn: ({ pageParam }) => answer(api.GET("/v1/config/versions", { params: { query: { limit: 20, ...pageParam } } })),
    initialPageParam: {},
    getNextPageParam: (last) => (last.next ? { cursor: last.next } : undefined),
  });
  const items = list.data?.pages.flatMap((p) => p.items);
  return (
    <>
      <ListOf
        label="Earlier versions"
        query={{ data: items, error: list.error, isPending: list.isPending, refetch: list.refetch }}
        textOf={(v) => `${v.agent_name} ${when.format(new Date(v.at))}`}
        empty={
          <EmptyState title="No file was applied yet">Each time that one is, what there was before and after is kept here.</EmptyState>
        }
        columns={[
          { label: "When", show: (v) => when.format(new Date(v.at)) },
          { label: "Who", show: (v) => v.agent_name || (v.token_id ? "An API token" : "Somebody who is gone") },
          { label: "What", show: summary },
          {
            label: "Actions",
            hidden: true,
            show: (v) => (
              <Group gap="xs" wrap="nowrap">
                <Button size="compact-sm" variant="default" onClick={() => setShown(v)}>
                  Show changes
                </Button>
                <Button size="compact-sm" variant="default" onClick={() => restore(v)}>
                  Restore this version
                </Button>
              </Group>
            ),
          },
        ]}
      />
      {list.hasNextPage && (
        <Button variant="default" mt="sm" loading={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      )}
      <Modal opened={shown !== null} onClose={() => setShown(null)} title="What this file changed" size="xl">
        {shown && (
          <>
            <Text size="sm" c="dimmed" mb="sm">
              {when.format(new Date(shown.at))}
            </Text>
            <Difference plan={{ plan: "", changes: shown.changes, missing_secrets: [], kept: [], version_id: null }} />
          </>
        )}
      </Modal>
    </>
  );
}
