import "./routing.css";

import { Button, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";

import { SkeletonRows } from "../../ui/States";
import { key, options, useQueues, useWorkstreams, type Queue, type Workstream } from "../lists";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import type { Versioned } from "../versioned";
import { attributesOf, type Known } from "./attributes";
import { readRouting, under, useKnownNames, type RoutingRules } from "./calls";
import { freeName, rulesAt, withRules, type Rule, type Where } from "./model";
import { RuleList } from "./RuleList";
import { Rulesets } from "./Rulesets";
import { SaveBar, SaveProblems } from "./SaveBar";
import { useRoutingDraft, type RoutingDraft } from "./useRoutingDraft";

const RuleEditor = lazy(() => import("./RuleEditor").then((m) => ({ default: m.RuleEditor })));
const TryIt = lazy(() => import("./TryIt").then((m) => ({ default: m.TryIt })));

/** RoutingPage shows and edits the routing rules of a workstream. */
export function RoutingPage() {
  const { id = "" } = useParams({ strict: false });
  const workstream = useWorkstreams().data?.find((w) => w.id === id);
  const queues = useQueues().data;
  const known = useKnownNames(id);
  return (
    <Stack gap="md">
      <PageHead
        title="Routing rules"
        back={{ to: `/setup/workstreams/${id}`, label: workstream?.name ?? "Workstream" }}
        operation="putRouting"
      >
        They decide what a new conversation needs and which queue it goes to.
      </PageHead>
      <Loaded what="the routing rules" queryKey={key("routing", id)} read={() => readRouting(id)}>
        {(loaded) =>
          workstream && queues && known ? (
            <Editor loaded={loaded} workstream={workstream} queues={queues} known={known} />
          ) : (
            <SkeletonRows n={5} h={44} />
          )
        }
      </Loaded>
    </Stack>
  );
}

interface Props {
  loaded: Versioned<RoutingRules>;
  workstream: Workstream;
  queues: Queue[];
  known: Known;
}

function Editor({ loaded, workstream, queues, known }: Props) {
  const form = useRoutingDraft(workstream.id, loaded);
  const { editing, edit, add, apply, close } = useEditing(form, queues);
  const attributes = attributesOf(known);
  const names = { attributes, queue: (id: string) => queues.find((q) => q.id === id)?.name ?? "a queue that is gone" };
  const mistakes = (where: Where) => (at: number) => Object.values(under(form.mistakes, pathOf(where, at)));
  return (
    <Stack gap="xl">
      <SaveProblems form={form} names={names} />
      <Rulesets form={form} names={names} mistakes={mistakes} edit={edit} add={add} />
      <section aria-label="Choose the queue">
        <Title order={2} size="h5">
          2. Choose the queue
        </Title>
        <Text size="sm" c="dimmed" mb="xs" maw={640}>
          From the top: the first rule that matches and whose queue does not overflow decides. Rules below it are not looked at.
        </Text>
        <RuleList
          label="Rules that choose the queue"
          rules={form.draft.route}
          route
          names={names}
          mistakes={mistakes("route")}
          change={(rules) => form.change(withRules(form.draft, "route", rules))}
          edit={edit("route")}
        />
        <Button variant="default" size="xs" my="sm" onClick={() => add("route")}>
          Add a rule for queues
        </Button>
        <Otherwise form={form} workstream={workstream} queues={queues} queue={names.queue} />
      </section>
      <SaveBar form={form} names={names} />
      <Suspense fallback={<SkeletonRows n={2} h={44} />}>
        <TryIt workstream={workstream} form={form} names={names} />
      </Suspense>
      {editing && (
        <Suspense>
          <RuleEditor
            rule={editing.rule}
            route={editing.where === "route"}
            isNew={editing.isNew}
            taken={rulesAt(form.draft, editing.where).flatMap((r, i) => (i === editing.at && !editing.isNew ? [] : [r.name]))}
            vocabulary={{ attributes, known, queues }}
            mistakes={under(form.mistakes, pathOf(editing.where, editing.at))}
            apply={apply}
            close={close}
          />
        </Suspense>
      )}
    </Stack>
  );
}

const pathOf = (where: Where, at: number) => (where === "route" ? `route.rules.${at}` : `classification.${where}.rules.${at}`);

/** Editing is a rule that is open in the editor; at: its place, or that of a new one. */
interface Editing {
  where: Where;
  at: number;
  rule: Rule;
  isNew: boolean;
}

/** useEditing opens rules in the editor and puts them into the draft. */
function useEditing({ draft, change }: RoutingDraft, queues: Queue[]) {
  const [editing, setEditing] = useState<Editing | null>(null);
  const edit = (where: Where) => (at: number) => {
    const rule = rulesAt(draft, where)[at];
    if (rule) setEditing({ where, at, rule, isNew: false });
  };
  const add = (where: Where) => {
    const taken = rulesAt(draft, where).map((r) => r.name);
    const shares = where === "route" ? [{ queue: queues[0]?.id ?? "", percent: 100 }] : [];
    const rule = { name: freeName("New rule", taken), when: "", set: {}, queues: shares };
    setEditing({ where, at: taken.length, rule, isNew: true });
  };
  const apply = (rule: Rule) => {
    if (!editing) return;
    const rules = rulesAt(draft, editing.where);
    change(withRules(draft, editing.where, editing.isNew ? [...rules, rule] : rules.with(editing.at, rule)));
    setEditing(null);
  };
  return { editing, edit, add, apply, close: () => setEditing(null) };
}

interface OtherwiseProps {
  form: RoutingDraft;
  workstream: Workstream;
  queues: Queue[];
  queue: (id: string) => string;
}

const zones = ["UTC", ...Intl.supportedValuesOf("timeZone").filter((z) => z !== "UTC")];

/** Otherwise is where everything goes that no rule takes, and in which zone rules read the time. */
function Otherwise({ form, workstream, queues, queue }: OtherwiseProps) {
  const { draft, change } = form;
  const without = draft.route.length === 0 && draft.fallback === "";
  return (
    <Group gap="md" align="flex-start" className="fields">
      <NativeSelect
        label="Everything else goes to"
        description={without ? `Without rules the workstream’s own queue takes everything: ${queue(workstream.queue_id)}.` : undefined}
        data={[{ value: "", label: `The workstream’s fallback queue (${queue(workstream.fallback_queue_id)})` }, ...options(queues)]}
        value={draft.fallback}
        onChange={(e) => change({ ...draft, fallback: e.currentTarget.value })}
      />
      <NativeSelect
        label="Hours and weekdays are those of"
        data={draft.zone === "" || zones.includes(draft.zone) ? zones : [draft.zone, ...zones]}
        value={draft.zone || "UTC"}
        onChange={(e) => change({ ...draft, zone: e.currentTarget.value === "UTC" ? "" : e.currentTarget.value })}
      />
    </Group>
  );
}
