import { Button, Checkbox, Group, Stack, Title } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { LoadError } from "../../ui/States";
import { PageHead } from "../PageHead";
import { ApplyFile } from "./ApplyFile";
import { document, exported, save, type Version } from "./calls";
import "./config.css";
import { Versions } from "./Versions";

/** Draft is the file that is being reviewed; its key changes when another one takes its place. */
interface Draft {
  key: number;
  text: string;
  prune: boolean;
}

/** ConfigPage takes the whole configuration out as a file, puts one in, and goes back to earlier ones. */
export function ConfigPage() {
  const [draft, setDraft] = useState<Draft>({ key: 0, text: "", prune: false });
  const restore = useMutation({
    mutationFn: ({ id }: Version) => document(id, "after"),
    onSuccess: (text) => setDraft(({ key }) => ({ key: key + 1, text, prune: true })),
  });
  return (
    <Stack gap="xl">
      <div>
        <PageHead title="Configuration file" operation="exportConfiguration">
          Everything that Setup has, as one file: to keep, to review, and to move from a test installation to the real one. It has no
          passwords and no credentials.
        </PageHead>
        <Download />
      </div>
      <ApplyFile key={draft.key} text={draft.text} prune={draft.prune} />
      {restore.isError && <LoadError what="Could not load that version" error={restore.error} />}
      <section aria-labelledby="config-versions">
        <Title order={2} size="h5" id="config-versions" mb="xs">
          Earlier versions
        </Title>
        <Versions restore={(v) => restore.mutate(v)} />
      </section>
    </Stack>
  );
}

function Download() {
  const [people, setPeople] = useState(false);
  const download = useMutation({
    mutationFn: () => exported(people),
    onSuccess: (text) => save(text, "switchboard.yaml"),
  });
  return (
    <Stack gap="sm" mt="md">
      {download.isError && <LoadError what="Could not download the file" error={download.error} />}
      <Group>
        <Button onClick={() => download.mutate()} loading={download.isPending}>
          Download file
        </Button>
        <Checkbox label="With members of queues" checked={people} onChange={(e) => setPeople(e.currentTarget.checked)} />
      </Group>
    </Stack>
  );
}
