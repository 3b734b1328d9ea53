import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { isView, type View } from "./conversation/views";
import { Shell } from "./shell/Shell";
import type { Filter } from "./supervisor/useLiveData";

// The inbox is what nearly everybody opens: it is fetched while it is found out who is signed in. Other areas do without it.
const loadDesk = () => import("./shell/Desk");
if (!/^\/desk\/(campaigns|triggers|setup|live)\b/.test(location.pathname)) void loadDesk();

const Desk = lazyRouteComponent(loadDesk, "Desk");

const root = createRootRoute({ component: Shell, notFoundComponent: Desk });

/** DeskSearch is what of the desk is in its address, so that a reload shows the same. */
export interface DeskSearch {
  view?: View;
}

/** OngoingSearch is which ongoing conversations are listed, and which one is looked into. */
export type OngoingSearch = Filter & { open?: string };

const desk = createRoute({
  getParentRoute: () => root,
  id: "desk",
  component: Desk,
  validateSearch: (search): DeskSearch => (isView(search.view) ? { view: search.view } : {}),
});

const inbox = createRoute({ getParentRoute: () => desk, path: "/" });
const conversation = createRoute({ getParentRoute: () => desk, path: "/c/$id" });

const campaigns = createRoute({
  getParentRoute: () => root,
  path: "/campaigns",
  component: lazyRouteComponent(() => import("./campaigns/CampaignsPage"), "CampaignsPage"),
});
const campaign = createRoute({ getParentRoute: () => campaigns, path: "/$id" });

const triggers = createRoute({
  getParentRoute: () => root,
  path: "/triggers",
  component: lazyRouteComponent(() => import("./triggers/TriggersPage"), "TriggersPage"),
});
const trigger = createRoute({ getParentRoute: () => triggers, path: "/$id" });

const live = createRoute({
  getParentRoute: () => root,
  path: "/live",
  component: lazyRouteComponent(() => import("./supervisor/SupervisorPage"), "SupervisorPage"),
});
const ongoingKeys = ["figure", "queue_id", "agent_id", "workstream_id", "channel", "q", "order", "open"] as const;
const ongoing = createRoute({
  getParentRoute: () => live,
  path: "/conversations",
  validateSearch: (search): OngoingSearch =>
    Object.fromEntries(ongoingKeys.flatMap((k) => (typeof search[k] === "string" ? [[k, search[k]]] : []))),
});
const livePages = [
  createRoute({ getParentRoute: () => live, path: "/" }),
  ongoing,
  createRoute({ getParentRoute: () => live, path: "/agents" }),
  createRoute({ getParentRoute: () => live, path: "/reports" }),
] as const;

const setup = createRoute({
  getParentRoute: () => root,
  path: "/setup",
  component: lazyRouteComponent(() => import("./setup/SetupPage"), "SetupPage"),
});
// Which page of Setup is shown is decided there, so that these take nothing of the first load.
const setupPage = <const Path extends string>(path: Path) => createRoute({ getParentRoute: () => setup, path });
const newChannel = createRoute({
  getParentRoute: () => setup,
  path: "/channels/new",
  validateSearch: (search): { provider?: string } => (typeof search.provider === "string" ? { provider: search.provider } : {}),
});
const setupPages = [
  setupPage("/"),
  setupPage("/channels"),
  newChannel,
  setupPage("/channels/$id"),
  setupPage("/chat"),
  setupPage("/chat/$id"),
  setupPage("/people"),
  setupPage("/people/$id"),
  setupPage("/queues"),
  setupPage("/queues/$id"),
  setupPage("/skills"),
  setupPage("/sign-in-rules"),
  setupPage("/roles"),
  setupPage("/roles/$id"),
  setupPage("/tokens"),
  setupPage("/sign-in"),
  setupPage("/sign-in/$id"),
  setupPage("/provisioning"),
  setupPage("/capacity"),
  setupPage("/presences"),
  setupPage("/workstreams"),
  setupPage("/workstreams/$id"),
  setupPage("/workstreams/$id/routing"),
  setupPage("/workstreams/$id/timeouts"),
  setupPage("/workstreams/$id/dispositions"),
  setupPage("/tags"),
  setupPage("/hours"),
  setupPage("/hours/$id"),
  setupPage("/messages"),
  setupPage("/messages/$id"),
  setupPage("/config"),
  setupPage("/templates"),
  setupPage("/templates/$id"),
  setupPage("/replies"),
  setupPage("/replies/$id"),
  setupPage("/webhooks"),
  setupPage("/webhooks/$id"),
  setupPage("/audit"),
] as const;

export const router = createRouter({
  routeTree: root.addChildren([
    desk.addChildren([inbox, conversation]),
    live.addChildren(livePages),
    campaigns.addChildren([campaign]),
    triggers.addChildren([trigger]),
    setup.addChildren(setupPages),
  ]),
  basepath: "/desk",
  defaultPreload: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
