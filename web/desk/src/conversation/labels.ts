import type { Conversation, Message } from "../api/types";
import { formatShort } from "../ui/time";

/** customerName is the customer's name, else their address at the provider. A visitor's address would mean nothing to anybody. */
export const customerName = (c: Conversation): string =>
  c.customer.name ||
  c.contact?.name ||
  c.customer.profile_name ||
  (c.channel === "webchat" ? `Visitor ${c.customer.external_id.slice(0, 4)}` : c.customer.external_id);

const kinds: Record<string, string> = {
  image: "Image",
  video: "Video",
  audio: "Voice message",
  file: "File",
  location: "Location",
  sticker: "Sticker",
  contacts: "Contact card",
  postback: "Button reply",
  interactive: "Reply",
  reaction: "Reaction",
  started: "Chat started",
};

/** previewText is a message in one line. */
export function previewText(m: { type: string; text: string } | null): string {
  if (!m) return "";
  const text = m.text.trim();
  return text === "" ? (kinds[m.type] ?? "Message") : text;
}

export const messageKind = (m: Message): string => kinds[m.type] ?? "Message";

const channels: Record<string, string> = {
  line: "LINE",
  messenger: "Messenger",
  instagram: "Instagram",
  wechat: "WeChat",
  whatsapp: "WhatsApp",
  sms: "SMS",
  webchat: "Web chat",
};
export const channelName = (channel: string): string => channels[channel] ?? channel;

const states: Record<Conversation["state"], string> = {
  open: "Open",
  active: "Active",
  waiting: "Waiting",
  "wrap-up": "Wrap-up",
  closed: "Closed",
};
/** stateName is the state, or until when a conversation is snoozed. */
export const stateName = (c: Conversation): string =>
  c.state === "waiting" && c.snoozed_until ? `Snoozed until ${formatShort(c.snoozed_until)}` : states[c.state];
