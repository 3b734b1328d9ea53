import type { Attachment, Conversation, Message, Note } from "../api/types";

/** kinds are the event types that the desk reads. */
export const kinds = [
  "conversation.updated",
  "message.created",
  "message.updated",
  "offer.made",
  "offer.withdrawn",
  "agent.presence",
  "queue.level",
  "note.created",
  "note.updated",
  "consult.asked",
  "consult.ended",
  "consult.message",
  "campaign.updated",
  "customer.typing",
] as const;

/** LiveEvent is an event, with the current state of what it is about. */
export interface LiveEvent {
  id: string;
  kind: (typeof kinds)[number];
  at: string;
  conversation_id: string | null;
  agent_id: string | null;
  queue_id: string | null;
  data: Record<string, unknown>;
  conversation?: EventConversation;
  message?: EventMessage;
  note?: EventNote;
}

export interface EventConversation {
  id: string;
  state: Conversation["state"];
  version: number;
  channel: string;
  agent_id: string | null;
  queue_id: string | null;
  priority: number;
  waiting_since: string | null;
  last_seq: number;
  last_activity_at: string;
  offer: { id: string; agent_id: string; expires_at: string | null } | null;
}

export interface EventMessage {
  id: string;
  conversation_id: string;
  seq: number;
  direction: Message["direction"];
  type: string;
  text: string;
  data: Message["data"];
  agent_id: string | null;
  agent_name: string | null;
  reply_to: string | null;
  status: Message["status"];
  status_at: string | null;
  error_class: string | null;
  error_code: string | null;
  error_detail: string | null;
  redacted_at: string | null;
  edited_at: string | null;
  provider_at: string | null;
  created_at: string;
  provider_id: string | null;
  automated: string | null;
  template_id: string | null;
  answers: Message["answers"];
  key: string | null;
  attachments: EventAttachment[];
}

interface EventAttachment {
  id: string;
  state: Attachment["state"];
  error_code: string;
  name: string;
  content_type: string;
  size: number;
  preview: boolean;
}

export interface EventNote {
  id: string;
  agent_id: string;
  agent_name: string;
  text: string;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
}

/** messageOf converts an event's message to the API's form. */
export function messageOf(m: EventMessage): Message {
  return {
    id: m.id,
    conversation_id: m.conversation_id,
    seq: m.seq,
    direction: m.direction,
    type: m.type,
    text: m.text,
    data: m.data,
    agent: m.agent_id ? { id: m.agent_id, name: m.agent_name ?? "" } : null,
    reply_to: m.reply_to,
    provider_id: m.provider_id,
    status: m.status,
    status_at: m.status_at,
    error: m.error_code !== null ? { class: m.error_class ?? "", code: m.error_code, detail: m.error_detail ?? "" } : null,
    redacted_at: m.redacted_at,
    edited_at: m.edited_at,
    provider_at: m.provider_at,
    created_at: m.created_at,
    automated: m.automated,
    answers: m.answers,
    template: m.template_id ? { id: m.template_id } : null,
    key: m.key,
    attachments: m.attachments.map(attachmentOf),
  };
}

function attachmentOf(a: EventAttachment): Attachment {
  const url = `/v1/attachments/${a.id}`;
  const preview_url = a.preview && a.state === "stored" ? `${url}/preview` : null;
  return { id: a.id, state: a.state, error_code: a.error_code, name: a.name, content_type: a.content_type, size: a.size, url, preview_url };
}

/** noteOf converts an event's note to the API's form; null if it was deleted. */
export function noteOf(n: EventNote, conversation: string): Note | null {
  if (n.deleted_at) return null;
  return {
    id: n.id,
    conversation_id: conversation,
    agent: { id: n.agent_id, name: n.agent_name },
    text: n.text,
    created_at: n.created_at,
    updated_at: n.updated_at,
  };
}
