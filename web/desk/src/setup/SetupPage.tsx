import "../campaigns/campaigns.css";
import "./setup.css";

import { ActionIcon, Menu, NavLink, Text } from "@mantine/core";
import { IconLock, IconMenu2 } from "@tabler/icons-react";
import { Link, useLocation, useMatches, useParams } from "@tanstack/react-router";
import { Suspense } from "react";

import { useMe } from "../session/session";
import { EmptyState, SkeletonRows } from "../ui/States";
import { pages } from "./pages";
import { sections } from "./sections";

/** SetupPage is the frame of Setup: its pages at the left, on a phone in a menu, and the chosen one. */
export function SetupPage() {
  const administers = useMe().role === "administrator";
  if (!administers)
    return (
      <div className="page">
        <h1 className="hidden">Setup</h1>
        <EmptyState icon={<IconLock size={36} stroke={1.4} aria-hidden />} title="Only administrators can change the setup">
          Ask an administrator of your organisation if something needs to be changed.
        </EmptyState>
      </div>
    );
  return (
    <div className="setup">
      <SectionNav />
      <SectionMenu />
      <div className="page setup-content">
        <Page />
      </div>
    </div>
  );
}

function Page() {
  const { id } = useParams({ strict: false });
  const route = useMatches({ select: (all) => all.at(-1)?.routeId }) as keyof typeof pages;
  const Shown = pages[route];
  return (
    <Suspense fallback={<SkeletonRows n={5} h={44} />}>
      <Shown key={id} />
    </Suspense>
  );
}

/** useSection is the address of the section that is open. */
function useSection(): string {
  const path = useLocation({ select: (l) => l.pathname });
  return path.split("/").slice(0, 3).join("/");
}

function SectionNav() {
  const section = useSection();
  return (
    <nav className="setup-nav" aria-label="Setup">
      {sections.map(({ title, pages }) => (
        <div key={title} role="group" aria-label={title}>
          <Text size="xs" c="dimmed" fw={600} px="sm" pt="sm" pb={4} aria-hidden>
            {title}
          </Text>
          {pages.map(({ to, label, Icon }) => (
            <NavLink
              key={to}
              component={Link}
              to={to}
              activeOptions={{ exact: true }}
              label={label}
              leftSection={<Icon size={16} stroke={1.6} aria-hidden />}
              active={section === to}
              aria-current={section === to ? "page" : undefined}
              className="setup-link"
            />
          ))}
        </div>
      ))}
    </nav>
  );
}

function SectionMenu() {
  const section = useSection();
  const open = sections.flatMap((s) => [...s.pages]).find((p) => p.to === section);
  return (
    <div className="setup-menu">
      <Menu position="bottom-start" width={240}>
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label="Setup pages">
            <IconMenu2 size={18} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown mah="70vh" style={{ overflowY: "auto" }}>
          {sections.map(({ title, pages }) => (
            <div key={title} role="group" aria-label={title}>
              <Menu.Label>{title}</Menu.Label>
              {pages.map(({ to, label, Icon }) => (
                <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={16} aria-hidden />}>
                  {label}
                </Menu.Item>
              ))}
            </div>
          ))}
        </Menu.Dropdown>
      </Menu>
      <Text size="sm" c="dimmed">
        Setup · {open?.label}
      </Text>
    </div>
  );
}
