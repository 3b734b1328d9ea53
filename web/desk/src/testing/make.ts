import type { Conversation, Me, Message } from "../api/types";
import type { EventConversation, EventMessage, LiveEvent } from "../live/events";

// Things for tests, whole, so that a test names only what it is about.

const at = "2026-01-01T10:00:00Z";

export const me = (change: Partial<Me> = {}): Me => ({
  role: "agent",
  permissions: ["profile:read", "profile:write", "conversations:read", "conversations:write"],
  queue_limit: null,
  view_until: null,
  agent: {
    id: "me",
    name: "Mia",
    email: "mia@example.com",
    role: "agent",
    disabled: false,
    presence: "available",
    chosen_presence: null,
    chosen_presence_id: null,
    chosen_presence_text: null,
    default_presence: null,
    default_presence_id: null,
    inactive_after: 0,
    capacity: 3,
    load: 0,
    created_at: at,
    updated_at: at,
  } as unknown as Me["agent"],
  queues: [{ id: "q", name: "Support" } as Me["queues"][number]],
  token_id: null,
  expires_at: null,
  needs: null,
  ...change,
});

export const conversation = (change: Partial<Conversation> = {}): Conversation =>
  ({
    hold: null,
    held_until: null,
    participants: [],
    id: "c",
    state: "active",
    version: 1,
    channel: "line",
    provider: "line",
    account: { id: "a", name: "LINE" },
    account_paused: false,
    address: { id: "d", address: "", name: "line" },
    workstream: { id: "w", name: "Support" },
    style: "messaging",
    customer: {
      contact_point_id: "p",
      contact_id: null,
      name: "Kim",
      external_id: "U1",
      profile_name: "Kim",
      picture_url: "",
      language: "",
      opted_out: false,
    },
    contact: null,
    queue: { id: "q", name: "Support" },
    agent: { id: "me", name: "Mia" },
    offer: null,
    window: { open: true, closes_at: null, remaining_seconds: null, remaining: null, allowed: ["text"] },
    priority: 100,
    previous_id: null,
    last_seq: 1,
    inbound_seq: 1,
    last_message: { type: "text", direction: "in", text: "Hello", at },
    waiting_since: null,
    last_inbound_at: at,
    last_activity_at: at,
    accepted_at: at,
    ended_at: null,
    closed_at: null,
    close_reason: null,
    parked_at: null,
    unanswered_since: null,
    created_at: at,
    ...change,
  }) as Conversation;

export const message = (seq: number, change: Partial<Message> = {}): Message => ({
  id: `m${seq}`,
  conversation_id: "c",
  seq,
  direction: "out",
  type: "text",
  text: `text ${seq}`,
  data: null,
  agent: { id: "me", name: "Mia" },
  reply_to: null,
  provider_id: null,
  status: "queued",
  status_at: null,
  error: null,
  redacted_at: null,
  edited_at: null,
  attachments: [],
  provider_at: null,
  created_at: at,
  automated: null,
  template: null,
  answers: null,
  key: null,
  ...change,
});

const eventMessage = (m: Message): EventMessage => ({
  ...m,
  agent_id: m.agent?.id ?? null,
  agent_name: m.agent?.name ?? null,
  error_class: m.error?.class ?? null,
  error_code: m.error?.code ?? null,
  error_detail: m.error?.detail ?? null,
  template_id: m.template?.id ?? null,
  attachments: [],
});

const eventConversation = (c: Conversation): EventConversation => ({
  id: c.id,
  state: c.state,
  version: c.version,
  channel: c.channel,
  agent_id: c.agent?.id ?? null,
  queue_id: c.queue?.id ?? null,
  priority: c.priority,
  waiting_since: c.waiting_since,
  last_seq: c.last_seq,
  last_activity_at: c.last_activity_at,
  offer: c.offer,
});

let place = 0;

export const event = (kind: LiveEvent["kind"], c: Conversation, m?: Message): LiveEvent => ({
  id: `10-${++place}`,
  kind,
  at,
  conversation_id: c.id,
  agent_id: c.agent?.id ?? null,
  queue_id: c.queue?.id ?? null,
  data: {},
  conversation: eventConversation(c),
  ...(m && { message: eventMessage(m) }),
});
