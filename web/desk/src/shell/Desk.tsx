import { useMediaQuery } from "@mantine/hooks";
import { IconMessages } from "@tabler/icons-react";
import { useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import type { View } from "../conversation/views";
import { Inbox } from "../inbox/Inbox";
import { EmptyState, SkeletonRows } from "../ui/States";

// The list is shown while the thread's code is on its way, which begins at once.
const loadPane = import("../thread/ConversationPane");
const ConversationPane = lazy(() => loadPane.then((m) => ({ default: m.ConversationPane })));

const CustomerPanel = lazy(() => import("../customer/CustomerPanel").then((m) => ({ default: m.CustomerPanel })));

const CustomerDrawer = lazy(() => import("../customer/CustomerDrawer").then((m) => ({ default: m.CustomerDrawer })));

/** Desk is the three panes (lists, thread, customer), on a phone one at a time. */
export function Desk() {
  const { id } = useParams({ strict: false });
  const { view = "mine" } = useSearch({ strict: false }) as { view?: View };
  const wide = useMediaQuery("(min-width: 75em)");
  const [about, setAbout] = useState<boolean>();
  return (
    <div className="desk" data-open={id ? true : undefined}>
      <h1 className="hidden">Conversations</h1>
      <Inbox view={view} open={id} />
      {id ? (
        <Suspense
          fallback={
            <section className="thread" aria-label="Conversation">
              <SkeletonRows n={8} h={44} />
            </section>
          }
        >
          <ConversationPane key={id} id={id} about={() => setAbout(true)} wide={wide ?? true} />
        </Suspense>
      ) : (
        <section className="thread" aria-label="Conversation">
          <EmptyState icon={<IconMessages size={36} stroke={1.4} aria-hidden />} title="Select a conversation">
            Pick one from the list, or use J, K and Enter.
          </EmptyState>
        </section>
      )}
      {id && wide && (
        <aside className="customer" aria-label="Customer">
          <Suspense fallback={<SkeletonRows n={4} />}>
            <CustomerPanel key={id} id={id} />
          </Suspense>
        </aside>
      )}
      <Suspense>{id && !wide && about !== undefined && <CustomerDrawer id={id} opened={about} close={() => setAbout(false)} />}</Suspense>
    </div>
  );
}
