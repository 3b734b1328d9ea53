import { Badge, Button, ScrollArea, Tabs } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";

import type { Conversation } from "../api/types";
import { useUnread } from "../conversation/unread";
import { isView, apiViews, type View, views } from "../conversation/views";
import { useMe } from "../session/session";
import { EmptyState, LoadError, SkeletonRows } from "../ui/States";
import { List } from "./List";
import { useConversationList, useViews } from "./useViews";
import { emptyStates, viewLabels } from "./viewLabels";

/** Inbox shows one of the views of conversations. */
export function Inbox({ view, open }: { view: View; open?: string }) {
  const me = useMe();
  const go = useNavigate();
  const unread = useUnread();
  const sorted = useViews();
  const read = {
    offered: useConversationList("offered", me, open),
    mine: useConversationList("mine", me, open),
    open: useConversationList("open", me, open),
    closed: useConversationList("closed", me, open),
  };
  const list = read[apiViews[view]];
  const unreadIn = (of: Conversation[]) => of.filter((c) => unread(c.id) > 0).length;
  return (
    <section className="inbox" aria-label="Inbox">
      <Tabs
        value={view}
        onChange={(v) => isView(v) && void go({ to: ".", search: { view: v } })}
        variant="pills"
        className="views"
        keepMounted={false}
      >
        <Tabs.List aria-label="Views">
          {views.map((v) => {
            const more = read[apiViews[v]].hasNextPage ? "+" : "";
            return (
              <Tabs.Tab
                key={v}
                value={v}
                rightSection={
                  <Badge
                    size="sm"
                    circle={false}
                    variant={(v === "offers" && sorted[v].length > 0) || unreadIn(sorted[v]) > 0 ? "filled" : "default"}
                    className="count"
                  >
                    {sorted[v].length}
                    {more}
                  </Badge>
                }
              >
                {viewLabels[v]}
              </Tabs.Tab>
            );
          })}
        </Tabs.List>
        <Tabs.Panel value={view} className="panel">
          {list.isError && sorted[view].length === 0 ? (
            <LoadError what="Could not load conversations" error={list.error} retry={() => void list.refetch()} />
          ) : list.isPending && sorted[view].length === 0 ? (
            <SkeletonRows />
          ) : sorted[view].length === 0 ? (
            <ScrollArea h="100%">
              <EmptyState
                icon={<IconInbox size={32} stroke={1.4} aria-hidden />}
                title={emptyStates[view].title}
                action={<EmptyAction view={view} open={sorted.open.length} />}
              >
                {emptyStates[view].text}
              </EmptyState>
            </ScrollArea>
          ) : (
            <List
              items={sorted[view]}
              open={open}
              label={viewLabels[view]}
              more={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : undefined}
            />
          )}
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}

/** EmptyAction leads on from an empty list: to what is open, or administrators to what may be missing. */
function EmptyAction({ view, open }: { view: View; open: number }) {
  const { role } = useMe();
  const go = useNavigate();
  if (view === "mine" && open > 0)
    return (
      <Button size="xs" variant="light" onClick={() => void go({ to: ".", search: { view: "open" } })}>
        Show {open} open
      </Button>
    );
  if (role !== "administrator") return null;
  return (
    <Button size="xs" variant="light" onClick={() => void go({ to: "/setup" })}>
      Check the first steps
    </Button>
  );
}
