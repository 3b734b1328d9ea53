import { NativeSelect } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import { storeConversations } from "../live/store";
import { all, key } from "../setup/lists";
import { notifyError } from "../ui/notify";

/** dispositionField is the id of the field, to lead people there. */
export const dispositionField = "disposition";

/** Disposition says how a conversation ended, from its workstream's list. Nothing where that is empty. */
export function Disposition({ c }: { c: Conversation }) {
  const list = useQuery({
    queryKey: key("dispositions", c.workstream.id),
    staleTime: 60_000,
    queryFn: () =>
      all((query) => answer(api.GET("/v1/workstreams/{id}/dispositions", { params: { path: { id: c.workstream.id }, query } }))),
  });
  const set = useMutation({
    mutationFn: async (disposition_id: string | null) =>
      storeConversations(
        await answer(api.PUT("/v1/conversations/{id}/disposition", { params: { path: { id: c.id } }, body: { disposition_id } })),
      ),
    onError: (e) => notifyError("Could not save the disposition", e),
  });
  const options = (list.data ?? []).filter((d) => !d.archived || d.id === c.disposition?.id).map((d) => ({ value: d.id, label: d.name }));
  if (options.length === 0) return null;
  return (
    <NativeSelect
      id={dispositionField}
      size="xs"
      aria-label="Disposition"
      value={c.disposition?.id ?? ""}
      onChange={(e) => set.mutate(e.currentTarget.value || null)}
      disabled={set.isPending}
      data={[{ value: "", label: c.disposition_required ? "Choose a disposition" : "No disposition" }, ...options]}
    />
  );
}
