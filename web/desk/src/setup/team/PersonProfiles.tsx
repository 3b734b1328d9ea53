import { Alert, Button, Checkbox, Group, Stack, Text, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";

import { errorMessage, Problem } from "../../api/client";
import { queryClient } from "../../live/store";
import { key } from "../lists";
import { Loaded } from "../Loaded";
import { useProfiles } from "../routing/calls";
import { ifMatch, type Versioned } from "../versioned";
import { readAgentProfiles, setAgentProfiles, type AgentProfiles, type Held, type Profile } from "./profiles";

/** PersonProfiles are the capacity profiles of a person, with limits of their own. */
export function PersonProfiles({ id }: { id: string }) {
  const profiles = useProfiles().data;
  if (profiles?.length === 0)
    return (
      <Text size="sm">
        There are no capacity profiles.{" "}
        <Link to="/setup/capacity" className="setup-inline">
          Add capacity profiles
        </Link>
      </Text>
    );
  return (
    <Loaded what="the capacity profiles" queryKey={key("agent-profiles", id)} read={() => readAgentProfiles(id)}>
      {(loaded) => profiles && <Editor id={id} loaded={loaded} profiles={profiles} />}
    </Loaded>
  );
}

const heldOf = (got: AgentProfiles): Held[] => got.capacity_profiles.map(({ profile_id, custom_limit }) => ({ profile_id, custom_limit }));

function Editor({ id, loaded, profiles }: { id: string; loaded: Versioned<AgentProfiles>; profiles: Profile[] }) {
  const [list, setList] = useState<Held[]>(() => heldOf(loaded.value));
  const [etag, setEtag] = useState(loaded.etag);
  const dirty = JSON.stringify(list) !== JSON.stringify(heldOf(loaded.value));
  const save = useMutation({
    mutationFn: () => setAgentProfiles(id, list, ifMatch(etag)),
    onSuccess: (got) => {
      queryClient.setQueryData(key("agent-profiles", id), got);
      setEtag(got.etag);
      setList(heldOf(got.value));
    },
    onError: async (error) => {
      if (error instanceof Problem && error.status === 412) setEtag((await readAgentProfiles(id)).etag);
    },
  });
  const stale = save.error instanceof Problem && save.error.status === 412;
  const set = (profile: string, held: Held | null) => {
    save.reset();
    const others = list.filter((h) => h.profile_id !== profile);
    setList(held ? [...others, held] : others);
  };
  return (
    <Stack gap="sm" align="flex-start">
      {save.isError && (
        <Alert color={stale ? "yellow" : "red"} role="alert" title={stale ? "Somebody changed this meanwhile" : "Could not save"}>
          {stale ? "What you chose is kept. Save again to put it in the place of theirs." : errorMessage(save.error)}
        </Alert>
      )}
      {profiles.map((p) => {
        const held = list.find((h) => h.profile_id === p.id);
        const used = loaded.value.capacity_profiles.find((h) => h.profile_id === p.id)?.used;
        return (
          <Group key={p.id} gap="sm" align="center">
            <Checkbox
              label={p.name}
              description={used === undefined ? `Limit ${p.limit}` : `${used} in use`}
              checked={held !== undefined}
              onChange={(e) => set(p.id, e.currentTarget.checked ? { profile_id: p.id, custom_limit: null } : null)}
            />
            {held && (
              <TextInput
                aria-label={`Own limit of ${p.name}`}
                type="number"
                min={0}
                max={1000}
                w={112}
                placeholder={String(p.limit)}
                value={held.custom_limit ?? ""}
                onChange={(e) => set(p.id, { ...held, custom_limit: e.currentTarget.value === "" ? null : Number(e.currentTarget.value) })}
              />
            )}
          </Group>
        );
      })}
      <Group gap="sm">
        <Button variant="default" disabled={!dirty} loading={save.isPending} onClick={() => save.mutate()}>
          Save capacity profiles
        </Button>
        <Text size="sm" c="dimmed" role="status">
          {save.isSuccess && !dirty && "Saved. It takes effect at once."}
        </Text>
      </Group>
    </Stack>
  );
}
