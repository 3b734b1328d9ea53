import { Spotlight, spotlight, type SpotlightActionData, type SpotlightActionGroupData } from "@mantine/spotlight";
import { IconSearch } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";

import { customerName } from "../conversation/labels";
import { views } from "../conversation/views";
import { viewLabels } from "../inbox/viewLabels";
import { keyOf } from "../keys/shortcuts";
import { useConversations } from "../live/useConversations";
import { choices, presences } from "../session/presences";
import { notifyError } from "../ui/notify";
import { choosePresence } from "./PresenceMenu";

/** usePaletteKey opens the palette on ⌘K or Ctrl K, in text fields and on every keyboard layout too. */
function usePaletteKey(): void {
  useEffect(() => {
    const press = (e: KeyboardEvent) => {
      const apple = /Mac|iPhone|iPad/.test(navigator.userAgent); // where Ctrl K deletes to the end of a line
      if (!(e.metaKey || (e.ctrlKey && !apple)) || e.altKey || e.shiftKey || keyOf(e) !== "k") return;
      e.preventDefault();
      spotlight.toggle();
    };
    addEventListener("keydown", press);
    return () => removeEventListener("keydown", press);
  }, []);
}

/** CommandPalette searches conversations, views and presences. */
export function CommandPalette() {
  usePaletteKey();
  const known = useConversations();
  const go = useNavigate();
  const conversations: SpotlightActionData[] = Object.values(known).map((c) => ({
    id: c.id,
    label: customerName(c),
    description: `${c.channel} · ${c.state}${c.last_message?.text ? ` · ${c.last_message.text}` : ""}`,
    keywords: [c.customer.external_id, c.queue?.name ?? ""],
    onClick: () => void go({ to: "/c/$id", params: { id: c.id }, search: (s) => s }),
  }));
  const lists: SpotlightActionData[] = views.map((view) => ({
    id: `view-${view}`,
    label: `Go to: ${viewLabels[view]}`,
    onClick: () => void go({ to: "/", search: { view } }),
  }));
  const presenceActions: SpotlightActionData[] = choices.map((p) => ({
    id: `presence-${p}`,
    label: `Set presence: ${presences[p].label}`,
    onClick: () => void choosePresence({ presence: p }).catch((e: unknown) => notifyError("Could not change your presence", e)),
  }));
  const actions: SpotlightActionGroupData[] = [
    { group: "Conversations", actions: conversations },
    { group: "Views", actions: lists },
    { group: "Presence", actions: presenceActions },
  ];
  return (
    <Spotlight
      actions={actions}
      shortcut={null}
      nothingFound="No results. Try a name, a view or a presence."
      attributes={{ content: { "aria-label": "Command palette" } }}
      highlightQuery
      scrollable
      maxHeight={420}
      limit={30}
      searchProps={{
        leftSection: <IconSearch size={18} aria-hidden />,
        placeholder: "Search conversations and commands",
        "aria-label": "Search conversations and commands",
      }}
    />
  );
}
