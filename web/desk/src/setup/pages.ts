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
  "/setup/sign-in-rules": lazy(() => import("./team/SignInPage").then((m) => ({ default: m.SignInPage }))),
  "/setup/roles": lazy(() => import("./access/RolesPage").then((m) => ({ default: m.RolesPage }))),
  "/setup/roles/$id": lazy(() => import("./access/RolePage").then((m) => ({ default: m.RolePage }))),
  "/setup/tokens": lazy(() => import("./access/TokensPage").then((m) => ({ default: m.TokensPage }))),
  "/setup/sign-in": lazy(() => import("./sso/ProvidersPage").then((m) => ({ default: m.ProvidersPage }))),
  "/setup/sign-in/$id": lazy(() => import("./sso/ProviderPage").then((m) => ({ default: m.ProviderPage }))),
  "/setup/workstreams": lazy(() => import("./work/WorkstreamsPage").then((m) => ({ default: m.WorkstreamsPage }))),
  "/setup/workstreams/$id": lazy(() => import("./work/WorkstreamPage").then((m) => ({ default: m.WorkstreamPage }))),
  "/setup/hours": lazy(() => import("./hours/HoursListPage").then((m) => ({ default: m.HoursListPage }))),
  "/setup/hours/$id": lazy(() => import("./hours/HoursPage").then((m) => ({ default: m.HoursPage }))),
  "/setup/messages": lazy(() => import("./messages/MessagesPage").then((m) => ({ default: m.MessagesPage }))),
  "/setup/config": lazy(() => import("./config/ConfigPage").then((m) => ({ default: m.ConfigPage }))),
} as const;
