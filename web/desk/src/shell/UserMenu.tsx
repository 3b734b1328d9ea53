import { ActionIcon, Menu, Text } from "@mantine/core";
import { IconCheck, IconLogout, IconUserShield } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { lazy, Suspense, useState } from "react";

import { useLive } from "../live/context";
import { queryKeys, queryClient } from "../live/store";
import { useMe } from "../session/session";
import { Avatar } from "../ui/Avatar";
import { notifyError, notify } from "../ui/notify";
import { type Prefs, setPref, usePrefs } from "../ui/prefs";
import { signOut } from "./signOut";

const AccountDialog = lazy(() => import("./AccountDialog").then((m) => ({ default: m.AccountDialog })));

const switches: { pref: keyof Prefs; label: string }[] = [
  { pref: "sound", label: "Sounds" },
  { pref: "desktop", label: "Desktop notifications" },
  { pref: "enterSends", label: "Press Enter to send" },
  { pref: "shortcuts", label: "Single-key shortcuts" },
];

function useSigningOut() {
  const live = useLive();
  return useMutation({
    mutationFn: signOut,
    onSuccess: () => {
      live.signOut();
      queryClient.setQueryData(queryKeys.me, null); // whoever shows it hears of this; of clearing nobody does
      queryClient.clear();
      queryClient.setQueryData(queryKeys.me, null);
      queryClient.setQueryData(queryKeys.conversations, {});
    },
    onError: (e) => notifyError("Could not sign out", e),
  });
}

/** Preferences are what this browser keeps of how the agent likes to work. */
function Preferences() {
  const prefs = usePrefs();
  const change = async (pref: keyof Prefs, on: boolean) => {
    if (pref === "desktop" && on) {
      on = "Notification" in window && (await Notification.requestPermission()) === "granted";
      if (!on) notify("Notifications are blocked in this browser. You will still hear a sound for new offers.");
    }
    setPref({ [pref]: on });
  };
  return (
    <>
      {switches.map(({ pref, label }) => (
        <Menu.Item
          key={pref}
          role="menuitemcheckbox"
          aria-checked={prefs[pref]}
          onClick={() => void change(pref, !prefs[pref])}
          rightSection={prefs[pref] && <IconCheck size={16} aria-hidden />}
        >
          {label}
        </Menu.Item>
      ))}
    </>
  );
}

/** UserMenu has the agent's settings and sign-out. */
export function UserMenu() {
  const me = useMe();
  const [account, setAccount] = useState(false);
  const signingOut = useSigningOut();
  return (
    <>
      {account && (
        <Suspense>
          <AccountDialog onClose={() => setAccount(false)} />
        </Suspense>
      )}
      <Menu position="bottom-end" width={260} closeOnItemClick={false}>
        <Menu.Target>
          <ActionIcon variant="subtle" size="lg" radius="xl">
            <Avatar name={me.agent?.name ?? ""} size={32} />
            <span className="hidden">{me.agent?.name}: settings and sign out</span>
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Label>
            <Text size="sm" fw={600} truncate c="var(--mantine-color-text)">
              {me.agent?.name}
            </Text>
            <Text size="xs" truncate>
              {me.agent?.email}
            </Text>
          </Menu.Label>
          <Menu.Divider />
          <Preferences />
          <Menu.Divider />
          <Menu.Item leftSection={<IconUserShield size={16} aria-hidden />} closeMenuOnClick onClick={() => setAccount(true)}>
            Your account…
          </Menu.Item>
          <Menu.Item leftSection={<IconLogout size={16} aria-hidden />} onClick={() => signingOut.mutate()} disabled={signingOut.isPending}>
            Sign out
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </>
  );
}
