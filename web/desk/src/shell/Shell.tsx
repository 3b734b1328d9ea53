import { ActionIcon, Alert, Group, Kbd, Menu, Text, Tooltip, UnstyledButton } from "@mantine/core";
import { openSpotlight } from "@mantine/spotlight";
import {
  IconActivity,
  IconBolt,
  IconInbox,
  IconKeyboard,
  IconMenu2,
  IconPlugConnectedX,
  IconSearch,
  IconSettings,
  IconSpeakerphone,
} from "@tabler/icons-react";
import { Link, Outlet } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { useShortcut } from "../keys/shortcuts";
import { useLive } from "../live/context";
import { Offers } from "../offers/Offers";
import { useMe } from "../session/session";
import { PresenceMenu } from "./PresenceMenu";
import { UserMenu } from "./UserMenu";
import { ViewAsBanner } from "./ViewAsBanner";

const Everything = lazy(() => import("./CommandPalette").then((m) => ({ default: m.CommandPalette }))); // not needed to begin
const ShortcutHelp = lazy(() => import("./ShortcutHelp").then((m) => ({ default: m.ShortcutHelp })));

/** Shell is the frame of every page: header, presence, offers and keyboard shortcuts. */
export function Shell() {
  const areas = useAreas();
  const [help, setHelp] = useState<boolean>(); // undefined: it was never opened
  useShortcut("?", () => setHelp(true));
  return (
    <div className="shell">
      <a href="#main" className="skip">
        Skip to content
      </a>
      <Group component="header" className="top" gap="sm" wrap="nowrap" justify="space-between">
        <Group gap="sm" wrap="nowrap">
          <Link to="/" className="brand" aria-label="Switchboard, go to inbox">
            <img src="/desk/icon.svg" alt="" width={24} height={24} />
          </Link>
          <PresenceMenu />
          {areas.length > 1 && <PageLinks areas={areas} />}
        </Group>
        <Group gap="xs" wrap="nowrap">
          <UnstyledButton className="search" onClick={openSpotlight}>
            <IconSearch size={16} aria-hidden />
            <Text size="sm" component="span" visibleFrom="xs">
              Search
            </Text>
            <Text size="sm" component="span" hiddenFrom="xs" className="hidden">
              Search
            </Text>
            <Kbd size="xs" visibleFrom="sm">
              {/Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl"} K
            </Kbd>
          </UnstyledButton>
          <Tooltip label="Keyboard shortcuts (?)">
            <ActionIcon
              variant="subtle"
              color="gray"
              size="lg"
              aria-label="Keyboard shortcuts"
              onClick={() => setHelp(true)}
              visibleFrom="sm"
            >
              <IconKeyboard size={20} />
            </ActionIcon>
          </Tooltip>
          <UserMenu />
        </Group>
      </Group>
      <ViewAsBanner />
      <ConnectionBanner />
      <Offers />
      <main id="main" className="main" tabIndex={-1}>
        <Outlet />
      </main>
      <Suspense>{help !== undefined && <ShortcutHelp opened={help} close={() => setHelp(false)} />}</Suspense>
      <Suspense>
        <Everything />
      </Suspense>
    </div>
  );
}

const inbox = { to: "/", label: "Inbox", Icon: IconInbox } as const;
const others = [
  { to: "/live", label: "Live", Icon: IconActivity, needs: "live:read" },
  { to: "/campaigns", label: "Campaigns", Icon: IconSpeakerphone, needs: "campaigns:read" },
  { to: "/triggers", label: "Triggers", Icon: IconBolt, needs: "settings:read" },
  { to: "/setup", label: "Setup", Icon: IconSettings, only: "administrator" },
] as const;

type AreaLink = typeof inbox | (typeof others)[number];

/** useAreas lists the areas that whoever is signed in may see. */
function useAreas(): AreaLink[] {
  const { role, permissions } = useMe();
  return [inbox, ...others.filter((p) => ("only" in p ? p.only === role : permissions.includes(p.needs)))];
}

/** PageLinks links to the areas, where there is little room in a menu. */
function PageLinks({ areas }: { areas: AreaLink[] }) {
  return (
    <>
      <Group gap="xs" wrap="nowrap" visibleFrom="md">
        {areas.map(({ to, label }) => (
          <Link key={to} to={to} className="nav" activeOptions={{ exact: to === "/" }}>
            {label}
          </Link>
        ))}
      </Group>
      <Menu position="bottom-start" width={200}>
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" size="lg" aria-label="Menu" hiddenFrom="md">
            <IconMenu2 size={20} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown hiddenFrom="md">
          {areas.map(({ to, label, Icon }) => (
            <Menu.Item key={to} component={Link} to={to} leftSection={<Icon size={16} aria-hidden />}>
              {label}
            </Menu.Item>
          ))}
        </Menu.Dropdown>
      </Menu>
    </>
  );
}

/** ConnectionBanner warns that the page may be out of date. */
function ConnectionBanner() {
  const { status, ready } = useLive();
  const lost = status === "lost" || (status === "connecting" && ready);
  return (
    <div role="status" className="connection">
      {lost && (
        <Alert color="yellow" py={6} radius={0} icon={<IconPlugConnectedX size={18} aria-hidden />}>
          No connection. Reconnecting… You can keep writing: your messages are saved and sent when you are back online.
        </Alert>
      )}
    </div>
  );
}
