import { ActionIcon, Button, Group, NativeSelect, Stack, Text, TextInput } from "@mantine/core";
import { IconTrash } from "@tabler/icons-react";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { Problem } from "../../api/client";
import { queryClient } from "../../live/store";
import { notify, notifyError } from "../../ui/notify";
import { key, useSkills, type Skill } from "../lists";
import { Loaded } from "../Loaded";
import { ifMatch, type Versioned } from "../versioned";
import { readAgentSkills, setAgentSkills } from "./calls";

type Skills = Awaited<ReturnType<typeof readAgentSkills>>["value"];
interface Rated {
  skill_id: string;
  rating: number;
}

/** PersonSkills are what a person can do, and how well. */
export function PersonSkills({ id }: { id: string }) {
  const skills = useSkills().data;
  if (skills?.length === 0)
    return (
      <Text size="sm">
        There are no skills yet.{" "}
        <Link to="/setup/skills" className="setup-inline">
          Add skills
        </Link>
      </Text>
    );
  return (
    <Loaded what="the skills" queryKey={key("agent-skills", id)} read={() => readAgentSkills(id)}>
      {(loaded) => skills && <SkillEditor key={loaded.etag} id={id} loaded={loaded} skills={skills} />}
    </Loaded>
  );
}

function SkillEditor({ id, loaded, skills }: { id: string; loaded: Versioned<Skills>; skills: Skill[] }) {
  const [list, setList] = useState<Rated[]>(() => loaded.value.skills.map(({ skill_id, rating }) => ({ skill_id, rating })));
  const left = skills.filter((s) => !list.some((r) => r.skill_id === s.id));
  const save = useMutation({
    mutationFn: () => setAgentSkills(id, list, ifMatch(loaded.etag)),
    onSuccess: (got) => {
      queryClient.setQueryData(key("agent-skills", id), got);
      notify("Skills saved.");
    },
    onError: (e) => {
      if (e instanceof Problem && e.status === 412)
        notify("Somebody changed these skills meanwhile. Reload the page to see theirs.", "yellow");
      else notifyError("Could not save the skills", e);
    },
  });
  const rate = (skill: string, rating: number) => setList(list.map((r) => (r.skill_id === skill ? { ...r, rating } : r)));
  return (
    <Stack gap="sm" align="flex-start">
      {list.length === 0 && <Text size="sm">No skills yet.</Text>}
      {list.map((r) => (
        <SkillRow
          key={r.skill_id}
          name={skills.find((s) => s.id === r.skill_id)?.name ?? "…"}
          rating={r.rating}
          rate={(rating) => rate(r.skill_id, rating)}
          remove={() => setList(list.filter((x) => x.skill_id !== r.skill_id))}
        />
      ))}
      <Group gap="sm">
        {left.length > 0 && (
          <NativeSelect
            aria-label="Add a skill"
            data={[{ value: "", label: "Add a skill …" }, ...left.map((s) => ({ value: s.id, label: s.name }))]}
            value=""
            onChange={(e) => e.currentTarget.value && setList([...list, { skill_id: e.currentTarget.value, rating: 50 }])}
          />
        )}
        <Button variant="default" loading={save.isPending} onClick={() => save.mutate()}>
          Save skills
        </Button>
      </Group>
    </Stack>
  );
}

interface RowProps {
  name: string;
  rating: number;
  rate: (rating: number) => void;
  remove: () => void;
}

function SkillRow({ name, rating, rate, remove }: RowProps) {
  return (
    <Group gap="sm">
      <Text size="sm" w={160} className="anywhere">
        {name}
      </Text>
      <TextInput
        type="number"
        aria-label={`Rating of ${name}, 0 to 100`}
        min={0}
        max={100}
        w={96}
        value={rating}
        onChange={(e) => rate(Number(e.currentTarget.value) || 0)}
      />
      <ActionIcon variant="subtle" color="gray" aria-label={`Remove ${name}`} onClick={remove}>
        <IconTrash size={16} />
      </ActionIcon>
    </Group>
  );
}
