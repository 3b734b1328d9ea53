import {
  IconApi,
  IconArrowsSplit2,
  IconBolt,
  IconClockHour4,
  IconFileCode,
  IconGauge,
  IconHistory,
  IconKey,
  IconListCheck,
  IconLock,
  IconMessageChatbot,
  IconMessages,
  IconPlugConnected,
  IconSchool,
  IconShieldLock,
  IconTags,
  IconTemplate,
  IconUserCircle,
  IconUsers,
  IconUsersGroup,
  IconWebhook,
} from "@tabler/icons-react";

/** sections are the pages of Setup, in the order in which one goes live. */
export const sections = [
  {
    title: "Get going",
    pages: [
      { to: "/setup", label: "First steps", Icon: IconListCheck },
      { to: "/setup/channels", label: "Channels", Icon: IconPlugConnected },
      { to: "/setup/chat", label: "Chat on your site", Icon: IconMessages },
    ],
  },
  {
    title: "Team",
    pages: [
      { to: "/setup/people", label: "People", Icon: IconUsers },
      { to: "/setup/queues", label: "Queues", Icon: IconUsersGroup },
      { to: "/setup/skills", label: "Skills", Icon: IconSchool },
      { to: "/setup/capacity", label: "Capacity profiles", Icon: IconGauge },
      { to: "/setup/presences", label: "Presences", Icon: IconUserCircle },
    ],
  },
  {
    title: "How work arrives",
    pages: [
      { to: "/setup/workstreams", label: "Workstreams", Icon: IconArrowsSplit2 },
      { to: "/setup/hours", label: "Operating hours", Icon: IconClockHour4 },
      { to: "/setup/tags", label: "Tags", Icon: IconTags },
    ],
  },
  {
    title: "Texts",
    pages: [
      { to: "/setup/messages", label: "Automated messages", Icon: IconMessageChatbot },
      { to: "/setup/templates", label: "Templates", Icon: IconTemplate },
      { to: "/setup/replies", label: "Quick replies", Icon: IconBolt },
    ],
  },
  {
    title: "Access",
    pages: [
      { to: "/setup/roles", label: "Roles", Icon: IconShieldLock },
      { to: "/setup/sign-in-rules", label: "Sign-in rules", Icon: IconLock },
      { to: "/setup/sign-in", label: "Single sign-on", Icon: IconKey },
      { to: "/setup/tokens", label: "API tokens", Icon: IconApi },
      { to: "/setup/audit", label: "Audit log", Icon: IconHistory },
    ],
  },
  {
    title: "Installation",
    pages: [
      { to: "/setup/webhooks", label: "Webhooks", Icon: IconWebhook },
      { to: "/setup/config", label: "Configuration file", Icon: IconFileCode },
    ],
  },
] as const;
