import { Button, Group, Kbd, Paper, Text } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState } from "react";

import { answer, api, Problem } from "../api/client";
import type { Conversation } from "../api/types";
import { updateDraft } from "../composer/drafts";
import { ChannelIcon } from "../conversation/ChannelIcon";
import { channelName, customerName, previewText } from "../conversation/labels";
import { useViews } from "../inbox/useViews";
import { pauseShortcuts, useShortcut } from "../keys/shortcuts";
import { fetchSoon } from "../live/apply";
import { storeConversations } from "../live/store";
import { TransferNotice } from "../tags/TransferNotice";
import "../tags/tags.css";
import { notifyError, notify } from "../ui/notify";
import { usePrefs } from "../ui/prefs";
import { useNow } from "../ui/time";

/**
 * Offers shows an offer made to me, on every page: of the conversation that is
 * shown, or else the first. More than one card would cover the list.
 */
export function Offers() {
  const offers = useViews().offers;
  const go = useNavigate();
  const { id } = useParams({ strict: false });
  const c = offers.find((o) => o.id === id) ?? offers[0];
  const others = offers.length - 1;
  return (
    <section className="offers" aria-label="Offers" aria-live="assertive">
      {c?.offer && <OfferCard key={c.offer.id} c={c} offer={c.offer} />}
      {others > 0 && (
        <Button
          size="compact-sm"
          variant="default"
          className="more-offers"
          onClick={() => void go({ to: "/", search: { view: "offers" } })}
        >
          {others === 1 ? "1 more offer" : `${others} more offers`}
        </Button>
      )}
    </section>
  );
}

type OfferResponse = "accept" | "decline";

/** useRespond accepts or declines an offer. */
function useRespond(c: Conversation, offer: NonNullable<Conversation["offer"]>) {
  const go = useNavigate();
  return useMutation({
    mutationFn: (what: OfferResponse) => {
      const params = { path: { id: c.id }, header: { "Idempotency-Key": `${what}/${offer.id}` } };
      const body = { offer_id: offer.id };
      return answer(
        what === "accept"
          ? api.POST("/v1/conversations/{id}/accept", { params, body })
          : api.POST("/v1/conversations/{id}/decline", { params, body }),
      );
    },
    // What is typed from now on is meant for the customer, not a shortcut.
    onMutate: (what) => (what === "accept" ? pauseShortcuts() : undefined),
    onSettled: (_, __, ___, resume) => void (resume && setTimeout(resume, 200)), // by then the cursor is where one answers
    onSuccess: (after, what) => {
      storeConversations(after);
      if (what !== "accept") return;
      updateDraft(c.id, { mode: "reply" });
      void go({ to: "/c/$id", params: { id: c.id }, search: { view: "mine" } });
    },
    onError: (error, what) => {
      fetchSoon(c.id);
      if (error instanceof Problem && error.code === "offer_gone") notify("Offer missed: it expired or was accepted elsewhere.");
      else notifyError(what === "accept" ? "Could not accept the offer" : "Could not decline the offer", error);
    },
  });
}

function OfferCard({ c, offer }: { c: Conversation; offer: NonNullable<Conversation["offer"]> }) {
  const respond = useRespond(c, offer);
  const { shortcuts } = usePrefs();
  const busy = respond.isPending || respond.isSuccess;
  useShortcut("a", () => respond.mutate("accept"), !busy);
  useShortcut("d", () => respond.mutate("decline"), !busy);
  return (
    <Paper withBorder shadow="lg" p="sm" className="offer" role="group" aria-label={`Offer: ${customerName(c)}`}>
      <Group wrap="nowrap" align="flex-start" gap="sm">
        <Countdown until={offer.expires_at} />
        <div className="grow">
          <Group gap={6} wrap="nowrap">
            <ChannelIcon channel={c.channel} size={16} />
            <Text fw={650} truncate>
              <bdi>{customerName(c)}</bdi>
            </Text>
          </Group>
          <Text size="xs" c="dimmed" truncate>
            {channelName(c.channel)} · {c.queue?.name ?? c.workstream.name}
          </Text>
          <Text size="sm" lineClamp={2} mt={4} dir="auto">
            {previewText(c.last_message)}
          </Text>
        </div>
      </Group>
      {c.transfer && <TransferNotice transfer={c.transfer} />}
      <Group grow mt="sm" gap="xs">
        <Button
          onClick={() => respond.mutate("accept")}
          loading={respond.isPending && respond.variables === "accept"}
          disabled={busy}
          rightSection={shortcuts && <Kbd size="xs">A</Kbd>}
        >
          Accept
        </Button>
        <Button
          variant="default"
          onClick={() => respond.mutate("decline")}
          loading={respond.isPending && respond.variables === "decline"}
          disabled={busy}
          rightSection={shortcuts && <Kbd size="xs">D</Kbd>}
        >
          Decline
        </Button>
      </Group>
    </Paper>
  );
}

/** Countdown is a ring that empties until the offer expires. */
function Countdown({ until }: { until: string | null }) {
  const now = useNow();
  const [began] = useState(() => Date.now());
  if (!until) return null;
  const end = new Date(until).getTime();
  const left = Math.max(0, Math.ceil((end - now) / 1000));
  const whole = Math.max(1, (end - began) / 1000);
  return (
    <div className="countdown" data-soon={left <= 10 || undefined}>
      <svg viewBox="0 0 52 52" width="52" height="52" aria-hidden>
        <circle cx="26" cy="26" r="22" />
        <circle cx="26" cy="26" r="22" pathLength="100" strokeDasharray={`${Math.min(100, (100 * left) / whole)} 100`} />
      </svg>
      <Text size="xs" fw={700} aria-label={`${left} seconds left`} role="timer" aria-live="off">
        {left}
      </Text>
    </div>
  );
}
