import { ActionIcon, Button, Combobox, Group, Menu, Text, useCombobox } from "@mantine/core";
import { IconCheck, IconClockPause, IconFlag, IconTag, IconX } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import type { Conversation } from "../api/types";
import { notifyError } from "../ui/notify";
import { formatDateTime } from "../ui/time";
import { Disposition } from "./Disposition";
import { levels, setPriority, setTag, type Level, useTags } from "./calls";
import { TagChip } from "./TagChip";

/** ThreadLabels shows a conversation's priority and tags, and changes them. */
export function ThreadLabels({ c }: { c: Conversation }) {
  const change = useMutation({
    mutationFn: ({ tag, on }: { tag: string; on: boolean }) => setTag(c, tag, on),
    onError: (e) => notifyError("Could not change the tags", e),
  });
  return (
    <>
      <PriorityMenu c={c} />
      {c.tags.map((t) => (
        <TagChip key={t.id} name={t.name} color={t.color}>
          <ActionIcon
            variant="subtle"
            color="gray"
            size={18}
            aria-label={`Remove tag ${t.name}`}
            onClick={() => change.mutate({ tag: t.id, on: false })}
          >
            <IconX size={12} />
          </ActionIcon>
        </TagChip>
      ))}
      <TagPicker c={c} toggle={(tag, on) => change.mutate({ tag, on })} />
      {c.snoozed_until && (
        <Text size="xs" c="dimmed" className="nowrap">
          <IconClockPause size={13} aria-hidden /> Snoozed until {formatDateTime(c.snoozed_until)}
        </Text>
      )}
      {(c.state === "wrap-up" || c.state === "closed") && <Disposition c={c} />}
    </>
  );
}

const colors: Record<Level, string> = { urgent: "red", high: "orange", normal: "gray", low: "gray" };

function PriorityMenu({ c }: { c: Conversation }) {
  const set = useMutation({
    mutationFn: (level: Level) => setPriority(c, level),
    onError: (e) => notifyError("Could not change the priority", e),
  });
  const label = levels.find((l) => l.level === c.priority_level)?.label ?? "";
  return (
    <Menu position="bottom-start">
      <Menu.Target>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          leftSection={<IconFlag size={14} aria-hidden color={`var(--mantine-color-${colors[c.priority_level]}-filled)`} />}
          aria-label={`Priority: ${label}`}
          disabled={c.state === "closed" || set.isPending}
        >
          {label}
        </Button>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>Priority</Menu.Label>
        {levels.map((l) => (
          <Menu.Item
            key={l.level}
            onClick={() => set.mutate(l.level)}
            rightSection={c.priority_level === l.level && <IconCheck size={14} aria-label="Selected" />}
          >
            {l.label}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}

/** TagPicker finds tags by name and adds or removes them. */
function TagPicker({ c, toggle }: { c: Conversation; toggle: (tag: string, on: boolean) => void }) {
  const tags = useTags(60_000);
  const [q, setQ] = useState("");
  const box = useCombobox({
    onDropdownClose: () => {
      box.resetSelectedOption();
      box.focusTarget();
      setQ("");
    },
    onDropdownOpen: () => box.focusSearchInput(),
  });
  const has = new Set(c.tags.map((t) => t.id));
  const words = q.trim().toLowerCase();
  const found = (tags.data ?? []).filter((t) => (!t.archived || has.has(t.id)) && t.name.toLowerCase().includes(words));
  return (
    <Combobox store={box} width={240} position="bottom-start" withinPortal onOptionSubmit={(id) => toggle(id, !has.has(id))}>
      <Combobox.Target withAriaAttributes={false}>
        <Button
          size="compact-xs"
          variant="subtle"
          color="gray"
          c="var(--mantine-color-text)"
          leftSection={<IconTag size={14} aria-hidden />}
          aria-haspopup="listbox"
          aria-expanded={box.dropdownOpened}
          onClick={() => box.toggleDropdown()}
        >
          {c.tags.length === 0 ? "Add tag" : "Tags"}
        </Button>
      </Combobox.Target>
      <Combobox.Dropdown>
        <Combobox.Search
          value={q}
          onChange={(e) => {
            setQ(e.currentTarget.value);
            box.selectFirstOption();
          }}
          placeholder="Search tags"
          aria-label="Search tags"
        />
        <Combobox.Options mah={260} style={{ overflowY: "auto" }} aria-label="Tags">
          {found.map((t) => (
            <Combobox.Option key={t.id} value={t.id} active={has.has(t.id)} selected={has.has(t.id)}>
              <Group gap={6} wrap="nowrap" justify="space-between">
                <TagChip name={t.name} color={t.color} />
                {has.has(t.id) && <IconCheck size={14} aria-hidden />}
              </Group>
            </Combobox.Option>
          ))}
        </Combobox.Options>
        {found.length === 0 && (
          <Text size="sm" c="dimmed" p="xs" role="status">
            {tags.isPending ? "Loading…" : words ? `No tags match “${q.trim()}”.` : "No tags yet. An administrator adds them in Setup."}
          </Text>
        )}
      </Combobox.Dropdown>
    </Combobox>
  );
}
