import type { ReactNode } from "react";

import { queryClient } from "../../live/store";
import { ifMatch, type Versioned } from "../versioned";
import { nested, valuesOf, type Field, type Values } from "./fields";
import { ResourceForm } from "./ResourceForm";
import type { Stored } from "./useResourceForm";

interface Props<T> {
  label: string;
  fields: Field[];
  queryKey: readonly string[]; // of what is edited
  loaded: Versioned<T>;
  read: () => Promise<Versioned<T>>;
  change: (body: Record<string, unknown>, headers: Record<string, string>) => Promise<Versioned<T>>;
  list?: readonly string[]; // the list that shows it too
  preview?: (now: Values) => ReactNode;
}

/** EditForm edits something that is there: only what changed is sent, and only to the version that was seen. */
export function EditForm<T>({ label, fields, queryKey, loaded, read, change, list, preview }: Props<T>) {
  const stored = (of: Versioned<T>): Stored => ({ values: valuesOf(fields, of.value), etag: of.etag });
  const keep = (got: Versioned<T>): Stored => {
    queryClient.setQueryData(queryKey, got);
    if (list) void queryClient.invalidateQueries({ queryKey: list });
    return stored(got);
  };
  return (
    <ResourceForm
      label={label}
      fields={fields}
      stored={stored(loaded)}
      save={async (changes, etag) => keep(await change(nested(changes), ifMatch(etag)))}
      reload={async () => keep(await read())}
      preview={preview}
    />
  );
}
