import { useMutation } from "@tanstack/react-query";
import { useState } from "react";

import { Problem } from "../../api/client";
import { changesOf, checkAll, merge, serverErrors, type Field, type Merged, type Value, type Values } from "./fields";

/** Stored is what the server has of a form's values, and its version. */
export interface Stored {
  values: Values;
  etag: string | null;
}

export interface ResourceFormInput {
  fields: Field[];
  stored: Stored;
  isNew?: boolean;
  /** save writes the changes to the version that is given and returns what is stored then. */
  save: (changes: Values, etag: string | null) => Promise<Stored>;
  /** reload reads what is stored now, after somebody else changed it. */
  reload?: () => Promise<Stored>;
}

class Conflict extends Error {}

/** useResourceForm holds what is typed, and loses none of it: not when somebody else saves meanwhile, nor when saving fails. */
export function useResourceForm({ fields, stored, isNew, save, reload }: ResourceFormInput) {
  const [base, setBase] = useState(stored);
  const [now, setNow] = useState(stored.values);
  const [given, setGiven] = useState(stored.etag);
  const [wrong, setWrong] = useState<Record<string, string>>({});
  const [conflict, setConflict] = useState<Merged | null>(null);
  const changes = isNew ? now : changesOf(fields, base.values, now);
  const dirty = isNew === true || Object.keys(changes).length > 0;
  if (stored.etag !== given) {
    setGiven(stored.etag);
    if (!dirty) {
      setBase(stored);
      setNow(stored.values);
    }
  }
  const adopt = (next: Stored) => {
    setBase(next);
    setNow(next.values);
    setConflict(null);
  };
  const mutation = useMutation({
    mutationFn: async () => {
      try {
        return await save(changes, base.etag);
      } catch (error) {
        if (!(error instanceof Problem && error.status === 412 && reload)) throw error;
        const theirs = await reload();
        const merged = merge(fields, base.values, now, theirs.values);
        setBase(theirs);
        setNow(merged.now);
        setConflict(merged);
        throw new Conflict();
      }
    },
    onSuccess: adopt,
    onError: (error) => setWrong(serverErrors(error, fields)),
  });
  const submit = () => {
    const problems = checkAll(fields, now);
    setWrong(problems);
    mutation.reset();
    if (Object.keys(problems).length === 0) mutation.mutate();
  };
  const set = (name: string, value: Value) => {
    setNow((before) => ({ ...before, [name]: value }));
    setWrong(({ [name]: _, ...rest }) => rest);
  };
  const failure = mutation.error instanceof Conflict ? null : mutation.error;
  return { now, set, wrong, submit, dirty, conflict, failure, saving: mutation.isPending, saved: mutation.isSuccess && !dirty };
}

export type ResourceFormState = ReturnType<typeof useResourceForm>;
