import { Button, Group, NativeSelect, Stack, Text, Title } from "@mantine/core";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";

import { EmptyState, LoadError, SkeletonRows } from "../../ui/States";
import { channelName } from "../channels/providers";
import { options, useProviders, useWorkstreams, type Workstream } from "../lists";
import { PageHead } from "../PageHead";
import { LevelForm } from "./LevelForm";
import { isOn, sameLevel, settingOf, titleOf, useOccasions, type Level, type Occasion } from "./occasions";

const back = { to: "/setup/messages", label: "All automated messages" };
const everywhere: Level = { channel: "", workstream_id: null };

/** OccasionPage edits what is said on one occasion, everywhere or on one channel and in one workstream. */
export function OccasionPage() {
  const { id = "" } = useParams({ strict: false });
  const occasions = useOccasions();
  const workstreams = useWorkstreams().data;
  if (occasions.isError && !occasions.data)
    return <LoadError what="Could not load the message" error={occasions.error} retry={() => void occasions.refetch()} />;
  if (!occasions.data || !workstreams) return <SkeletonRows n={5} h={44} />;
  const occasion = occasions.data.find((o) => o.id === id);
  if (!occasion) return <EmptyState title="There is no such message">Go back to the list and choose one.</EmptyState>;
  return (
    <>
      <PageHead title={titleOf(id)} back={back} operation="setAutomated">
        The most specific setting counts: for the workstream and the channel, for the workstream, for the channel, for all.
      </PageHead>
      <Levels occasion={occasion} workstreams={workstreams} />
    </>
  );
}

function Levels({ occasion, workstreams }: { occasion: Occasion; workstreams: Workstream[] }) {
  const [level, setLevel] = useState(everywhere);
  const nameOf = (l: Level): string => {
    const workstream = workstreams.find((w) => w.id === l.workstream_id)?.name;
    return [l.channel && channelName(l.channel), workstream].filter(Boolean).join(", ") || "All channels and workstreams";
  };
  return (
    <Stack gap="lg" mt="md">
      <section aria-label="Where it counts">
        <Title order={2} size="h5" mb="xs">
          Where it counts
        </Title>
        <Group gap="xs">
          {[everywhere, ...occasion.special].map((l) => (
            <Button
              key={nameOf(l)}
              size="compact-sm"
              variant={sameLevel(l, level) ? "filled" : "default"}
              aria-pressed={sameLevel(l, level)}
              onClick={() => setLevel({ channel: l.channel, workstream_id: l.workstream_id })}
            >
              {nameOf(l)}
            </Button>
          ))}
        </Group>
        <ChooseLevel level={level} set={setLevel} workstreams={workstreams} />
        <Text size="sm" mt="xs" role="status">
          {settingOf(occasion, level)
            ? `Set for: ${nameOf(level)}.`
            : `Nothing is set for: ${nameOf(level)}. ${isOn(occasion) ? "What is more general is said." : "What is more general is off."}`}
        </Text>
      </section>
      <LevelForm key={`${level.channel} ${level.workstream_id ?? ""}`} occasion={occasion} level={level} />
    </Stack>
  );
}

interface ChooseProps {
  level: Level;
  set: (l: Level) => void;
  workstreams: Workstream[];
}

/** ChooseLevel goes to another channel or workstream, whether or not something is set there. */
function ChooseLevel({ level, set, workstreams }: ChooseProps) {
  const channels = [...new Set((useProviders().data ?? []).flatMap((p) => Object.keys(p.channels)))].sort();
  return (
    <Group gap="sm" mt="sm">
      <NativeSelect
        label="Channel"
        value={level.channel}
        data={[{ value: "", label: "All channels" }, ...channels.map((c) => ({ value: c, label: channelName(c) }))]}
        onChange={(e) => set({ ...level, channel: e.currentTarget.value })}
      />
      <NativeSelect
        label="Workstream"
        value={level.workstream_id ?? ""}
        data={[{ value: "", label: "All workstreams" }, ...options(workstreams)]}
        onChange={(e) => set({ ...level, workstream_id: e.currentTarget.value || null })}
      />
    </Group>
  );
}
