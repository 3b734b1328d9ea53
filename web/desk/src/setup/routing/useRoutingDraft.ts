import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Problem } from "../../api/client";
import { queryClient } from "../../live/store";
import { cell } from "../../state/state";
import { key } from "../lists";
import type { Versioned } from "../versioned";
import { mistakesOf, readRouting, saveRouting, type RoutingRules } from "./calls";
import { mergeDrafts, takeTheirs, type Clash, type MergedRules } from "./merge";
import { draftOf, sameDraft, type Draft } from "./model";

interface Edited {
  base: Draft; // what was saved when it was begun
  etag: string | null;
  draft: Draft;
}

// What is not saved yet, by workstream: whoever looks at another page finds it again.
const unsaved = cell<Map<string, Edited>>("routing.unsaved", () => new Map());

class Conflict extends Error {}

const fresh = ({ value, etag }: Versioned<RoutingRules>): Edited => {
  const base = draftOf(value.rules);
  return { base, etag, draft: base };
};

/** useRoutingDraft holds the rules while they are edited, and loses nothing when somebody else saves meanwhile. */
export function useRoutingDraft(id: string, loaded: Versioned<RoutingRules>) {
  const [edited, setEdited] = useState<Edited>(() => unsaved.get().get(id) ?? fresh(loaded));
  const [conflict, setConflict] = useState<MergedRules | null>(null);
  const keep = (next: Edited) => {
    if (sameDraft(next.base, next.draft)) unsaved.get().delete(id);
    else unsaved.get().set(id, next);
    setEdited(next);
  };
  const save = useMutation({
    mutationFn: async () => {
      try {
        return await saveRouting(id, edited.draft, edited.etag);
      } catch (error) {
        if (!(error instanceof Problem && error.status === 409)) throw error;
        const theirs = await readRouting(id);
        const saved = draftOf(theirs.value.rules);
        const merged = mergeDrafts(edited.base, edited.draft, saved);
        queryClient.setQueryData(key("routing", id), theirs);
        keep({ base: saved, etag: theirs.etag, draft: merged.draft });
        setConflict(merged);
        throw new Conflict();
      }
    },
    onSuccess: (got) => {
      queryClient.setQueryData(key("routing", id), got);
      setConflict(null);
      keep(fresh(got));
    },
  });
  const change = (draft: Draft) => {
    if (save.isSuccess || save.isError) save.reset();
    keep({ ...edited, draft });
  };
  return {
    saved: edited.base,
    draft: edited.draft,
    dirty: !sameDraft(edited.base, edited.draft),
    change,
    discard: () => {
      save.reset();
      setConflict(null);
      keep({ ...edited, draft: edited.base });
    },
    save: () => save.mutate(),
    saving: save.isPending,
    done: save.isSuccess,
    failure: save.error instanceof Conflict ? null : save.error,
    mistakes: mistakesOf(save.error),
    conflict,
    useTheirs: (clash: Clash) => {
      setConflict(conflict && { ...conflict, clashes: conflict.clashes.filter((c) => c !== clash) });
      keep({ ...edited, draft: takeTheirs(edited.draft, clash) });
    },
  };
}

export type RoutingDraft = ReturnType<typeof useRoutingDraft>;
