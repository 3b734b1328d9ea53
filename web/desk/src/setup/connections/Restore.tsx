import { Alert, Button, Group, Modal, Stack, Text } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { errorMessage, Problem } from "../../api/client";
import { queryClient } from "../../live/store";
import { LoadError, SkeletonRows } from "../../ui/States";
import { key } from "../lists";
import { changesOf, objectName, type Entry } from "./audit";
import { ChangeTable } from "./ChangeTable";
import { putBack, readNow, restorable } from "./restore";

/** Restore puts the values from before a change back, after showing what that changes now. */
export function Restore({ entry, names }: { entry: Entry; names: Record<string, string> }) {
  const [open, setOpen] = useState(false);
  const found = restorable(entry);
  if (!found) return null;
  return (
    <>
      <Button size="compact-sm" variant="default" onClick={() => setOpen(true)}>
        Restore…
      </Button>
      <Modal opened={open} onClose={() => setOpen(false)} title="Restore the values from before this change?" size="lg">
        {open && <Ask entry={entry} names={names} values={found.values} left={found.left} close={() => setOpen(false)} />}
      </Modal>
    </>
  );
}

interface Props {
  entry: Entry;
  names: Record<string, string>;
  values: Record<string, unknown>;
  left: string[];
  close: () => void;
}

function Ask({ entry, names, values, left, close }: Props) {
  const now = useQuery({ queryKey: key("audit-now", String(entry.id)), staleTime: 0, gcTime: 0, queryFn: () => readNow(entry) });
  const restore = useMutation({
    mutationFn: () => putBack(entry, values, now.data?.etag ?? null),
    onSuccess: () => {
      void queryClient.invalidateQueries({ queryKey: key() });
      close();
    },
  });
  if (now.isError) {
    const gone = now.error instanceof Problem && now.error.status === 404;
    if (gone) return <Text size="sm">It was deleted, so nothing can be restored.</Text>;
    return <LoadError what="Could not read what there is now" error={now.error} retry={() => void now.refetch()} />;
  }
  if (!now.data || now.isFetching) return <SkeletonRows n={2} h={40} />;
  const current = now.data.value;
  const differ = Object.entries(values).filter(([name, was]) => JSON.stringify(current[name] ?? null) !== JSON.stringify(was ?? null));
  const changes = changesOf({ changes: Object.fromEntries(differ.map(([name, was]) => [name, { from: current[name], to: was }])) }, names);
  const stale = restore.error instanceof Problem && restore.error.status === 412;
  return (
    <Stack gap="sm">
      {restore.isError && (
        <Alert color="red" role="alert" title="Could not restore">
          {stale ? "Somebody changed it meanwhile. Close this and compare again." : errorMessage(restore.error)}
        </Alert>
      )}
      {changes.length === 0 ? (
        <Text size="sm">These values are in place already.</Text>
      ) : (
        <ChangeTable changes={changes} before="Now" after="Restored" label="What is restored" />
      )}
      {left.length > 0 && <Text size="sm">Not restored: {left.map((f) => f.replaceAll("_", " ")).join(", ")}.</Text>}
      <Group justify="flex-end">
        <Button variant="default" onClick={close} data-autofocus>
          Keep what there is
        </Button>
        {changes.length > 0 && (
          <Button loading={restore.isPending} onClick={() => restore.mutate()}>
            Restore {objectName(entry.object_type).toLowerCase()}
          </Button>
        )}
      </Group>
    </Stack>
  );
}
