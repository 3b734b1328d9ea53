import "../campaigns/campaigns.css";
import "./supervisor.css";

import { Tabs } from "@mantine/core";
import { Outlet, useLocation, useNavigate } from "@tanstack/react-router";
import { lazy, Suspense } from "react";

import { useMe } from "../session/session";
import { NoAccess, SkeletonRows } from "../ui/States";

const shown = {
  "/live": lazy(() => import("./Wallboard").then((m) => ({ default: m.Wallboard }))),
  "/live/conversations": lazy(() => import("./Ongoing").then((m) => ({ default: m.Ongoing }))),
  "/live/agents": lazy(() => import("./Agents").then((m) => ({ default: m.Agents }))),
  "/live/reports": lazy(() => import("./Reports").then((m) => ({ default: m.Reports }))),
} as const;

type Path = keyof typeof shown;

const tabs: { path: Path; label: string }[] = [
  { path: "/live", label: "Overview" },
  { path: "/live/conversations", label: "Conversations" },
  { path: "/live/agents", label: "Agents" },
  { path: "/live/reports", label: "Reports" },
];

/** SupervisorPage is the frame of Live: its pages as tabs, and the chosen one. */
export function SupervisorPage() {
  const allowed = useMe().permissions.includes("live:read");
  const path = useLocation({ select: (l) => l.pathname.replace(/\/$/, "") }) as Path;
  const go = useNavigate();
  if (!allowed) return <NoAccess to="Live" />;
  const here = path in shown ? path : "/live";
  const Shown = shown[here];
  return (
    <div className="page live-page">
      <h1 className="hidden">Live</h1>
      <Tabs value={here} onChange={(to) => void go({ to: to as Path })} mb="md">
        <Tabs.List aria-label="Live">
          {tabs.map(({ path, label }) => (
            <Tabs.Tab key={path} value={path}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        <Tabs.Panel value={here} pt="md">
          <Suspense fallback={<SkeletonRows n={5} h={44} />}>
            <Shown />
          </Suspense>
        </Tabs.Panel>
      </Tabs>
      <Outlet />
    </div>
  );
}
