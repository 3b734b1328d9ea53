import { ActionIcon, Group, Menu, Text, TextInput } from "@mantine/core";
import { IconDots, IconGripVertical, IconPencil, IconSearch } from "@tabler/icons-react";
import { type DragEvent, type KeyboardEvent, useDeferredValue, useLayoutEffect, useRef, useState } from "react";

import { useWindow } from "../useWindow";
import { freeName, moved, type Rule } from "./model";
import { Sentence } from "./Sentence";
import { sentenceOf, textOf, type Names } from "./sentence";

interface Props {
  label: string; // of the list
  rules: Rule[];
  route: boolean;
  names: Names;
  mistakes: (at: number) => string[];
  change: (rules: Rule[]) => void;
  edit: (at: number) => void;
}

const searchFrom = 9; // rules
const rowHeight = 62;

interface Drag {
  from: number;
  over: number; // the row, before or after which it would land
  after: boolean;
}

/** RuleList shows rules in order, as sentences. They are moved by dragging, by arrow keys or by a menu. */
export function RuleList({ label, rules, route, names, mistakes, change, edit }: Props) {
  const [search, setSearch] = useState("");
  const [drag, setDrag] = useState<Drag | null>(null);
  const [said, setSaid] = useState("");
  const follow = useRef<number | null>(null); // a handle that goes on having the focus
  const wanted = useDeferredValue(search.trim().toLowerCase());
  const found = rules.flatMap((r, i) =>
    wanted && !`${r.name} ${textOf(sentenceOf(r, route, names))}`.toLowerCase().includes(wanted) ? [] : [i],
  );
  const { list, rows, before, after } = useWindow<HTMLOListElement>(found.length, rowHeight);
  const element = useRef<HTMLDivElement>(null);
  useLayoutEffect(() => {
    if (follow.current === null) return;
    element.current?.querySelector<HTMLElement>(`[data-grip="${follow.current}"]`)?.focus();
    follow.current = null;
  }, [rules]);
  const move = (from: number, to: number, byKey = false) => {
    if (to < 0 || to >= rules.length || from === to) return;
    if (byKey) follow.current = to;
    change(moved(rules, from, to));
    setSaid(`${rules[from]?.name ?? ""}: place ${to + 1} of ${rules.length}`);
  };
  const drop = () => {
    if (drag) move(drag.from, drag.over + (drag.after ? 1 : 0) - (drag.from < drag.over + (drag.after ? 1 : 0) ? 1 : 0));
    setDrag(null);
  };
  const over = (at: number, e: DragEvent) => {
    if (!drag) return;
    e.preventDefault();
    const box = e.currentTarget.getBoundingClientRect();
    const after = e.clientY > box.top + box.height / 2;
    if (drag.over !== at || drag.after !== after) setDrag({ ...drag, over: at, after });
  };
  return (
    <div ref={element}>
      {rules.length >= searchFrom && (
        <TextInput
          aria-label={`Search ${label.toLowerCase()}`}
          placeholder="Search"
          leftSection={<IconSearch size={16} aria-hidden />}
          maw={320}
          mb="xs"
          value={search}
          onChange={(e) => setSearch(e.currentTarget.value)}
        />
      )}
      <ol ref={list} className="rules" aria-label={label} onDrop={drop} style={{ paddingTop: before, paddingBottom: after }}>
        {rows.map((row) => {
          const at = found[row];
          const rule = at === undefined ? undefined : rules[at];
          if (at === undefined || !rule) return null;
          return (
            <li
              key={rule.name}
              data-index={row}
              className="rule-row"
              aria-setsize={found.length}
              aria-posinset={row + 1}
              data-over={drag?.over === at && drag.from !== at ? (drag.after ? "after" : "before") : undefined}
              data-dragged={drag?.from === at || undefined}
              data-wrong={mistakes(at).length > 0 || undefined}
              onDragOver={(e) => over(at, e)}
            >
              <Grip
                at={at}
                name={rule.name}
                still={wanted !== ""}
                move={move}
                begin={() => setDrag({ from: at, over: at, after: false })}
                end={() => setDrag(null)}
              />
              <span className="rule-place" aria-hidden>
                {at + 1}
              </span>
              <div className="rule-text">
                <Text size="sm" fw={600}>
                  {rule.name}
                </Text>
                <Text size="sm" component="p" m={0}>
                  <Sentence pieces={sentenceOf(rule, route, names)} />
                </Text>
                {mistakes(at).map((m) => (
                  <p key={m} className="rule-wrong">
                    {m}
                  </p>
                ))}
              </div>
              <RowActions
                name={rule.name}
                at={at}
                last={rules.length - 1}
                move={move}
                edit={() => edit(at)}
                copy={() =>
                  change(
                    rules.toSpliced(at + 1, 0, {
                      ...rule,
                      name: freeName(
                        rule.name,
                        rules.map((r) => r.name),
                      ),
                    }),
                  )
                }
                remove={() => change(rules.toSpliced(at, 1))}
              />
            </li>
          );
        })}
      </ol>
      <p role="status" className={wanted && found.length === 0 ? "none-found" : "hidden"}>
        {wanted ? (found.length === 0 ? `Nothing matches “${search}”.` : `${found.length} found`) : said}
      </p>
    </div>
  );
}

interface GripProps {
  at: number;
  name: string;
  still: boolean; // a part of the list is shown: places would mean nothing
  move: (from: number, to: number, byKey: boolean) => void;
  begin: () => void;
  end: () => void;
}

function Grip({ at, name, still, move, begin, end }: GripProps) {
  const onKeyDown = (e: KeyboardEvent) => {
    const by = { ArrowUp: -1, ArrowDown: 1 }[e.key];
    if (!by) return;
    e.preventDefault();
    move(at, at + by, true);
  };
  const onDragStart = (e: DragEvent) => {
    e.dataTransfer.effectAllowed = "move";
    e.dataTransfer.setData("text/plain", name);
    const row = e.currentTarget.closest("li");
    if (row) e.dataTransfer.setDragImage(row, 16, 16);
    begin();
  };
  return (
    <ActionIcon
      variant="subtle"
      color="gray"
      className="rule-grip"
      draggable={!still}
      disabled={still}
      data-grip={at}
      aria-label={`Move ${name}: drag it, or use the arrow keys`}
      onKeyDown={onKeyDown}
      onDragStart={onDragStart}
      onDragEnd={end}
    >
      <IconGripVertical size={16} />
    </ActionIcon>
  );
}

interface ActionProps {
  name: string;
  at: number;
  last: number;
  move: (from: number, to: number) => void;
  edit: () => void;
  copy: () => void;
  remove: () => void;
}

function RowActions({ name, at, last, move, edit, copy, remove }: ActionProps) {
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon variant="subtle" color="gray" aria-label={`Edit ${name}`} onClick={edit}>
        <IconPencil size={16} />
      </ActionIcon>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="subtle" color="gray" aria-label={`More for ${name}`}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          <Menu.Item disabled={at === 0} onClick={() => move(at, 0)}>
            Move to the top
          </Menu.Item>
          <Menu.Item disabled={at === 0} onClick={() => move(at, at - 1)}>
            Move up
          </Menu.Item>
          <Menu.Item disabled={at === last} onClick={() => move(at, at + 1)}>
            Move down
          </Menu.Item>
          <Menu.Item disabled={at === last} onClick={() => move(at, last)}>
            Move to the end
          </Menu.Item>
          <Menu.Divider />
          <Menu.Item onClick={copy}>Duplicate</Menu.Item>
          <Menu.Item onClick={remove}>Delete</Menu.Item>
        </Menu.Dropdown>
      </Menu>
    </Group>
  );
}
