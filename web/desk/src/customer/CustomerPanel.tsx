import { Badge, Button, Group, Stack, Text, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState, type ReactNode } from "react";

import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import { ChannelIcon } from "../conversation/ChannelIcon";
import { channelName, customerName, stateName, previewText } from "../conversation/labels";
import { queryKeys, storeConversations } from "../live/store";
import { useConversation } from "../live/useConversations";
import { Avatar } from "../ui/Avatar";
import { notifyError } from "../ui/notify";
import { SkeletonRows } from "../ui/States";
import { formatDateTime, formatShort } from "../ui/time";
import { LinkContact } from "./LinkContact";

/** CustomerPanel shows who the customer is, how the conversation was routed, and earlier conversations. */
export function CustomerPanel({ id }: { id: string }) {
  const { c } = useConversation(id);
  if (!c) return <SkeletonRows n={4} />;
  return (
    <Stack gap="lg" p="md">
      <Group wrap="nowrap" gap="sm">
        <Avatar name={customerName(c)} size={48} />
        <div className="grow">
          <Title order={2} size="h5" className="clamp">
            <bdi>{customerName(c)}</bdi>
          </Title>
          <Text size="xs" c="dimmed" truncate>
            {c.customer.external_id}
          </Text>
          {c.customer.opted_out && (
            <Badge color="red" variant="light" size="sm">
              Opted out
            </Badge>
          )}
        </div>
      </Group>
      {c.contact ? <LinkedContact c={c} contact={c.contact.id} /> : <Section title="Link a contact">{<LinkContact c={c} />}</Section>}
      <RoutingInfo id={id} />
      {c.contact && <EarlierConversations contact={c.contact.id} shown={id} />}
      {c.contact && <OutboundMessages contact={c.contact.id} />}
    </Stack>
  );
}

function Section({ title, children, action }: { title: string; children: ReactNode; action?: ReactNode }) {
  return (
    <section>
      <Group justify="space-between" mb={6}>
        <Title order={3} size="sm">
          {title}
        </Title>
        {action}
      </Group>
      {children}
    </section>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return children ? (
    <div className="fact">
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  ) : null;
}

/** LinkedContact shows the linked contact and its contact points. */
function LinkedContact({ c, contact }: { c: Conversation; contact: string }) {
  const [changing, setChanging] = useState(false);
  const who = useQuery({
    queryKey: queryKeys.contact(contact),
    staleTime: 30_000,
    queryFn: () => answer(api.GET("/v1/contacts/{id}", { params: { path: { id: contact } } })),
  });
  const unlink = useMutation({
    mutationFn: () => answer(api.DELETE("/v1/conversations/{id}/contact", { params: { path: { id: c.id } } })),
    onSuccess: (after) => storeConversations(after),
    onError: (e) => notifyError("Could not unlink the contact", e),
  });
  if (changing) {
    return (
      <Section title="Link a contact">
        <LinkContact c={c} done={() => setChanging(false)} />
      </Section>
    );
  }
  const k = who.data;
  return (
    <Section title="Contact">
      {who.isPending && <SkeletonRows n={2} h={20} />}
      {who.isError && <Text size="sm">Could not load the contact. Try again.</Text>}
      {k && (
        <dl className="facts">
          <Fact name="Name">{k.name}</Fact>
          <Fact name="E-mail">{k.email && <a href={`mailto:${k.email}`}>{k.email}</a>}</Fact>
          <Fact name="Phone">{k.phone && <a href={`tel:${k.phone}`}>{k.phone}</a>}</Fact>
          <Fact name="Language">{k.language}</Fact>
          <Fact name="External ID">{k.external_id}</Fact>
          {k.contact_points.map((p) => (
            <Fact key={p.id} name={channelName(p.channel)}>
              {p.name || p.external_id}
              {p.opted_out && " · opted out"}
            </Fact>
          ))}
        </dl>
      )}
      <Group gap="xs" mt="xs">
        <Button size="compact-xs" variant="default" onClick={() => setChanging(true)}>
          Change contact
        </Button>
        <Button size="compact-xs" variant="subtle" color="gray" onClick={() => unlink.mutate()} loading={unlink.isPending}>
          Unlink contact
        </Button>
      </Group>
    </Section>
  );
}

/** RoutingInfo shows why the conversation was routed to its queue, and who handled it. */
function RoutingInfo({ id }: { id: string }) {
  const params = { path: { id } };
  const decisions = useQuery({
    queryKey: queryKeys.detail(id, "decisions"),
    queryFn: () => answer(api.GET("/v1/conversations/{id}/decisions", { params: { ...params, query: { limit: 50 } } })),
    select: (p) => p.items,
  });
  const sessions = useQuery({
    queryKey: queryKeys.detail(id, "sessions"),
    queryFn: () => answer(api.GET("/v1/conversations/{id}/sessions", { params })),
    select: (p) => p.items,
  });
  const last = decisions.data?.at(-1);
  return (
    <Section title="Routing">
      <Text size="sm">
        {last
          ? last.decision.explanation
          : decisions.isError
            ? "Could not load the routing decision. Try again."
            : decisions.isPending
              ? "…"
              : "Not routed yet."}
      </Text>
      {sessions.data?.map((s) => (
        <Text key={s.id} size="xs" c="dimmed" mt={4}>
          {s.agent.name}: {formatShort(s.accepted_at ?? s.opened_at)}
          {s.closed_at && ` to ${formatShort(s.closed_at)}`}
          {s.closure_reason && ` (${s.closure_reason.replaceAll("_", " ")})`}
        </Text>
      ))}
    </Section>
  );
}

/** EarlierConversations lists the customer's other conversations on all channels. */
function EarlierConversations({ contact, shown }: { contact: string; shown: string }) {
  const list = useQuery({
    queryKey: ["timeline", contact],
    staleTime: 30_000,
    queryFn: () => answer(api.GET("/v1/contacts/{id}/conversations", { params: { path: { id: contact }, query: { limit: 20 } } })),
    select: (p) => p.items.filter((c) => c.id !== shown),
  });
  return (
    <Section title="Earlier conversations">
      {list.isError && <Text size="sm">Could not load earlier conversations. Try again.</Text>}
      {list.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          No earlier conversations that you can see.
        </Text>
      )}
      <Stack gap={4}>
        {list.data?.map((c) => (
          <Link key={c.id} to="/c/$id" params={{ id: c.id }} search={(s) => s} className="before" title={formatDateTime(c.created_at)}>
            <ChannelIcon channel={c.channel} size={14} />
            <span className="truncate grow">{previewText(c.last_message) || stateName(c)}</span>
            <Text span size="xs" c="dimmed" className="nowrap">
              {formatShort(c.created_at)}
            </Text>
          </Link>
        ))}
      </Stack>
    </Section>
  );
}

/** OutboundMessages lists what campaigns, requests and triggers sent to the customer. */
function OutboundMessages({ contact }: { contact: string }) {
  const list = useQuery({
    queryKey: ["outbound", contact],
    staleTime: 30_000,
    queryFn: () => answer(api.GET("/v1/contacts/{id}/outbound-messages", { params: { path: { id: contact }, query: { limit: 10 } } })),
    select: (p) => p.items,
  });
  if (list.data?.length === 0) return null;
  return (
    <Section title="Outbound messages">
      {list.isError && <Text size="sm">Could not load outbound messages. Try again.</Text>}
      <Stack gap={4}>
        {list.data?.map((m) => (
          <Group
            key={m.id}
            gap={6}
            wrap="nowrap"
            title={`${m.name}${m.related ? ` · ${m.related}` : ""} · ${m.status} · ${formatDateTime(m.at)}`}
          >
            <ChannelIcon channel={m.channel} size={14} />
            <Text size="sm" className="truncate grow" dir="auto">
              {m.text || m.name}
            </Text>
            <Text span size="xs" c="dimmed" className="nowrap">
              {formatShort(m.at)}
            </Text>
          </Group>
        ))}
      </Stack>
    </Section>
  );
}
