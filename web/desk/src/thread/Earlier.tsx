import { IconLock } from "@tabler/icons-react";
import { skipToken, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { memo, useMemo } from "react";

import type { Conversation, OutboundMessage } from "../api/types";
import { ChannelIcon } from "../conversation/ChannelIcon";
import { channelName, stateName } from "../conversation/labels";
import { queryKeys, type Thread } from "../live/store";
import { formatDate, formatDateTime } from "../ui/time";
import { entriesOf } from "./entries";
import { Lines } from "./Lines";
import type { Part } from "./useEarlier";
import { useNotes } from "./useThread";

interface Props {
  parts: Part[]; // of one conversation
  outbound: OutboundMessage[]; // until the next conversation began
}

/** EarlierConversation is an earlier conversation of the customer, with a divider that says which one. */
export const EarlierConversation = memo(
  function EarlierConversation({ parts, outbound }: Props) {
    const c = parts[0]?.c;
    if (!c) {
      return (
        <div className="divider">
          <IconLock size={13} aria-hidden />
          <span>An earlier conversation of another team</span>
        </div>
      );
    }
    return (
      <section className="earlier" aria-label={`Earlier conversation, ${formatDateTime(c.created_at)}`}>
        <Divider c={c} />
        {c.state === "closed" && <Said c={c} outbound={outbound} />}
      </section>
    );
  },
  (a, b) => same(a.parts, b.parts) && same(a.outbound, b.outbound),
);

/** Said is what was said in a closed conversation, as far as it is loaded. */
function Said({ c, outbound }: { c: Conversation; outbound: OutboundMessage[] }) {
  const thread = useQuery<Thread>({ queryKey: queryKeys.thread(c.id), queryFn: skipToken }).data;
  const notes = useNotes(c.id).data;
  const lines = useMemo(
    () => entriesOf(thread?.messages ?? [], notes ?? [], outbound, thread?.hasOlder ?? true),
    [thread, notes, outbound],
  );
  return <Lines lines={lines} c={c} all={thread?.messages ?? []} />;
}

const same = (a: readonly unknown[], b: readonly unknown[]): boolean => a.length === b.length && a.every((x, i) => x === b[i]);

/** Divider says which conversation begins here, who had it and how it ended. */
function Divider({ c }: { c: Conversation }) {
  const from = formatDate(c.created_at);
  const until = c.closed_at ? formatDate(c.closed_at) : null;
  const facts = [
    channelName(c.channel),
    until && until !== from ? `${from} to ${until}` : from,
    c.agent?.name,
    c.state === "closed" ? endings[c.close_reason ?? ""] : `${stateName(c)}, still open`,
  ];
  return (
    <div className="divider">
      <ChannelIcon channel={c.channel} size={13} />
      <Link to="/c/$id" params={{ id: c.id }} search={(s) => s} title={c.title ?? "Open this conversation"}>
        {facts.filter(Boolean).join(" · ")}
      </Link>
    </div>
  );
}

/** PresentDivider says where the conversation begins that is open. */
export function PresentDivider({ c }: { c: Conversation }) {
  return (
    <div className="divider" data-present>
      <ChannelIcon channel={c.channel} size={13} />
      <span>
        {channelName(c.channel)} · This conversation since {formatDate(c.created_at)}
      </span>
    </div>
  );
}

const endings: Record<string, string> = {
  agent_closed: "Closed by the agent",
  customer_ended: "Ended by the customer",
  customer_gone: "The customer left",
  turned_away: "Nobody was available",
  force_closed: "Closed by a supervisor",
  merged: "Continued in another conversation",
  timeout_waiting: "Closed: the customer did not write again",
  agent_timeout: "Closed after wrap-up",
};
