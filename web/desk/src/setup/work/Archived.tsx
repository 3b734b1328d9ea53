import { Alert, Switch } from "@mantine/core";

import { formatDateTime } from "../../ui/time";

/** ShowArchived turns a list over to what is archived. */
export function ShowArchived({ shown, show }: { shown: boolean; show: (on: boolean) => void }) {
  return <Switch label="Show archived" checked={shown} onChange={(e) => show(e.currentTarget.checked)} my="xs" />;
}

/** ArchivedNotice says that something takes nothing new. */
export function ArchivedNotice({ what, at }: { what: string; at: string | null }) {
  if (!at) return null;
  return (
    <Alert color="gray" title={`Archived since ${formatDateTime(at)}`}>
      This {what} takes no new conversations. Restore it to use or change it.
    </Alert>
  );
}
