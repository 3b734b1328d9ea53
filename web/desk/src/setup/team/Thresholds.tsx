import { api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { EditForm } from "../form/EditForm";
import type { Field } from "../form/fields";
import { key } from "../lists";
import { Loaded } from "../Loaded";
import { versioned, type Versioned } from "../versioned";

type Limits = components["schemas"]["QueueThresholds"];

const read = (id: string): Promise<Versioned<Limits>> => versioned(api.GET("/v1/queues/{id}/thresholds", { params: { path: { id } } }));

const put = (id: string, body: Limits, headers: Record<string, string>): Promise<Versioned<Limits>> =>
  versioned(api.PUT("/v1/queues/{id}/thresholds", { params: { path: { id } }, body, headers }));

/** Thresholds are from when on a queue is amber or red in Live. */
export function Thresholds({ queue }: { queue: string }) {
  const at = key("thresholds", queue);
  return (
    <Loaded what="the thresholds" queryKey={at} read={() => read(queue)}>
      {(loaded) => (
        <EditForm
          label="Thresholds"
          fields={fields}
          queryKey={at}
          loaded={loaded}
          read={() => read(queue)}
          change={(changes, headers) => put(queue, { ...loaded.value, ...changes } as Limits, headers)}
        />
      )}
    </Loaded>
  );
}

const fields: Field[] = [
  {
    name: "waiting_amber",
    label: "Amber from so many waiting conversations",
    kind: "number",
    min: 1,
    help: "Empty: it does not count. Supervisors are told when a queue becomes amber or red, and when that is over.",
  },
  { name: "waiting_red", label: "Red from so many waiting conversations", kind: "number", min: 1 },
  { name: "wait_amber", label: "Amber from a longest wait of so many seconds", kind: "number", min: 1 },
  { name: "wait_red", label: "Red from a longest wait of so many seconds", kind: "number", min: 1 },
];
