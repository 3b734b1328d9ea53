import {
  IconArrowsSplit2,
  IconClockHour4,
  IconGauge,
  IconListCheck,
  IconMessageChatbot,
  IconMessages,
  IconPlugConnected,
  IconSchool,
  IconUserCircle,
  IconUsers,
  IconUsersGroup,
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
      { to: "/setup/messages", label: "Automated messages", Icon: IconMessageChatbot },
    ],
  },
] as const;
