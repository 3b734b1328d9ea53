import { lazy } from "react";

/** pages are the pages of Setup by their route, each loaded when it is opened. */
export const pages = {
  "/setup/": lazy(() => import("./start/FirstSteps").then((m) => ({ default: m.FirstSteps }))),
  "/setup/channels": lazy(() => import("./channels/ChannelsPage").then((m) => ({ default: m.ChannelsPage }))),
  "/setup/channels/new": lazy(() => import("./channels/NewChannel").then((m) => ({ default: m.NewChannel }))),
  "/setup/channels/$id": lazy(() => import("./channels/ChannelPage").then((m) => ({ default: m.ChannelPage }))),
  "/setup/chat": lazy(() => import("./chat/WidgetsPage").then((m) => ({ default: m.WidgetsPage }))),
  "/setup/chat/$id": lazy(() => import("./chat/WidgetPage").then((m) => ({ default: m.WidgetPage }))),
  "/setup/people": lazy(() => import("./team/PeoplePage").then((m) => ({ default: m.PeoplePage }))),
  "/setup/people/$id": lazy(() => import("./team/PersonPage").then((m) => ({ default: m.PersonPage }))),
  "/setup/queues": lazy(() => import("./team/QueuesPage").then((m) => ({ default: m.QueuesPage }))),
  "/setup/queues/$id": lazy(() => import("./team/QueuePage").then((m) => ({ default: m.QueuePage }))),
  "/setup/skills": lazy(() => import("./team/SkillsPage").then((m) => ({ default: m.SkillsPage }))),
  "/setup/workstreams": lazy(() => import("./work/WorkstreamsPage").then((m) => ({ default: m.WorkstreamsPage }))),
  "/setup/workstreams/$id": lazy(() => import("./work/WorkstreamPage").then((m) => ({ default: m.WorkstreamPage }))),
  "/setup/hours": lazy(() => import("./hours/HoursListPage").then((m) => ({ default: m.HoursListPage }))),
  "/setup/hours/$id": lazy(() => import("./hours/HoursPage").then((m) => ({ default: m.HoursPage }))),
  "/setup/messages": lazy(() => import("./messages/MessagesPage").then((m) => ({ default: m.MessagesPage }))),
  "/setup/messages/$id": lazy(() => import("./messages/OccasionPage").then((m) => ({ default: m.OccasionPage }))),
  "/setup/templates": lazy(() => import("./messages/TemplatesPage").then((m) => ({ default: m.TemplatesPage }))),
  "/setup/templates/$id": lazy(() => import("./messages/TemplatePage").then((m) => ({ default: m.TemplatePage }))),
  "/setup/replies": lazy(() => import("./messages/RepliesPage").then((m) => ({ default: m.RepliesPage }))),
  "/setup/replies/$id": lazy(() => import("./messages/ReplyPage").then((m) => ({ default: m.ReplyPage }))),
  "/setup/webhooks": lazy(() => import("./connections/WebhooksPage").then((m) => ({ default: m.WebhooksPage }))),
  "/setup/webhooks/$id": lazy(() => import("./connections/WebhookPage").then((m) => ({ default: m.WebhookPage }))),
  "/setup/audit": lazy(() => import("./connections/AuditPage").then((m) => ({ default: m.AuditPage }))),
} as const;
