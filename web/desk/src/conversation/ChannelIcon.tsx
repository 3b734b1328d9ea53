import {
  IconBrandInstagram,
  IconBrandLine,
  IconBrandMessenger,
  IconBrandWechat,
  IconBrandWhatsapp,
  IconDeviceMobileMessage,
  IconMessage,
  IconWorld,
} from "@tabler/icons-react";

import { channelName } from "./labels";

const icons: Record<string, typeof IconMessage> = {
  line: IconBrandLine,
  instagram: IconBrandInstagram,
  messenger: IconBrandMessenger,
  wechat: IconBrandWechat,
  whatsapp: IconBrandWhatsapp,
  sms: IconDeviceMobileMessage,
  webchat: IconWorld,
};

/** ChannelIcon is a channel's icon, labelled for screen readers. */
export function ChannelIcon({ channel, size }: { channel: string; size: number }) {
  const Icon = icons[channel] ?? IconMessage;
  return <Icon size={size} aria-label={channelName(channel)} role="img" />;
}
