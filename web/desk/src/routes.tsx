import { createRootRoute, createRoute, createRouter, lazyRouteComponent } from "@tanstack/react-router";

import { isView, type View } from "./conversation/views";
import { Desk } from "./shell/Desk";
import { Shell } from "./shell/Shell";

const root = createRootRoute({ component: Shell, notFoundComponent: Desk });

/** DeskSearch is what of the desk is in its address, so that a reload shows the same. */
export interface DeskSearch {
  view?: View;
}

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

export const router = createRouter({
  routeTree: root.addChildren([
    desk.addChildren([inbox, conversation]),
    campaigns.addChildren([campaign]),
    triggers.addChildren([trigger]),
  ]),
  basepath: "/desk",
  defaultPreload: false,
});

declare module "@tanstack/react-router" {
  interface Register {
    router: typeof router;
  }
}
