import { Badge, Button, ScrollArea, Tabs } from "@mantine/core";
import { IconInbox } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";

import type { Conversation } from "../api/types";
import { useMe } from "../session/session";
import { Empty, Failed, Rows } from "../ui/States";
import { emptiness, labels } from "./viewLabels";
import { List } from "./List";
import { useUnread } from "../conversation/unread";
import { useList, useViews } from "./useViews";
import { isView, lists, type View, views } from "../conversation/views";

/** Inbox is the lists of conversations, one of them shown. */
export function Inbox({ view, open }: { view: View; open?: string }) {
  const me = useMe();
  const go = useNavigate();
  const unread = useUnread();
  const sorted = useViews();
  const read = {
    offered: useList("offered", me, open),
    mine: useList("mine", me, open),
    open: useList("open", me, open),
    closed: useList("closed", me, open),
  };
  const list = read[lists[view]];
  const new_ = (of: Conversation[]) => of.filter((c) => unread(c.id) > 0).length;
  return (
    <section className="inbox" aria-label="Inbox">
      <Tabs
        value={view}
        onChange={(v) => isView(v) && void go({ to: ".", search: { view: v } })}
        variant="pills"
        className="views"
        keepMounted={false}
      >
        <Tabs.List aria-label="Lists">
          {views.map((v) => {
            const more = read[lists[v]].hasNextPage ? "+" : "";
            return (
              <Tabs.Tab
                key={v}
                value={v}
                rightSection={
                  <Badge
                    size="sm"
                    circle={false}
                    variant={(v === "offers" && sorted[v].length > 0) || new_(sorted[v]) > 0 ? "filled" : "default"}
                    className="count"
                  >
                    {sorted[v].length}
                    {more}
                  </Badge>
                }
              >
                {labels[v]}
              </Tabs.Tab>
            );
          })}
        </Tabs.List>
        <Tabs.Panel value={view} className="panel">
          {list.isError && sorted[view].length === 0 ? (
            <Failed what="The list cannot be read" error={list.error} again={() => void list.refetch()} />
          ) : list.isPending && sorted[view].length === 0 ? (
            <Rows />
          ) : sorted[view].length === 0 ? (
            <ScrollArea h="100%">
              <Empty
                icon={<IconInbox size={32} stroke={1.4} aria-hidden />}
                title={emptiness[view].title}
                action={
                  view === "mine" &&
                  sorted.open.length > 0 && (
                    <Button size="xs" variant="light" onClick={() => void go({ to: ".", search: { view: "open" } })}>
                      Show {sorted.open.length} open
                    </Button>
                  )
                }
              >
                {emptiness[view].text}
              </Empty>
            </ScrollArea>
          ) : (
            <List
              items={sorted[view]}
              open={open}
              label={labels[view]}
              more={list.hasNextPage && !list.isFetching ? () => void list.fetchNextPage() : undefined}
            />
          )}
        </Tabs.Panel>
      </Tabs>
    </section>
  );
}
