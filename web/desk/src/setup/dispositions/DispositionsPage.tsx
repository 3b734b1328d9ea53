import { Button, Group, Modal } from "@mantine/core";
import { IconChecklist } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useParams } from "@tanstack/react-router";
import { useState } from "react";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { EmptyState } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { nested, type Field } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { all, key, refresh } from "../lists";
import { ListOf } from "../ListOf";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { versioned } from "../versioned";
import { changeWorkstream, readWorkstream } from "../work/calls";

type Schemas = components["schemas"];
type Disposition = Schemas["Disposition"];

const name: Field = { name: "name", label: "Name", kind: "text", required: true, maxLength: 100 };

const archived: Field = {
  name: "archived",
  label: "Archived",
  kind: "switch",
  help: "Stays on the conversations that have it. Agents can no longer choose it.",
};

const required: Field = {
  name: "disposition_required",
  label: "Agents must choose a disposition before they close a conversation",
  kind: "switch",
  help: "Conversations that close by themselves, or that a supervisor closes, need none.",
};

const at = (id: string) => ({ params: { path: { id } } });
const readOne = (id: string) => versioned(api.GET("/v1/dispositions/{id}", at(id)));

/** DispositionsPage lists how conversations of a workstream can have ended. */
export function DispositionsPage() {
  const { id = "" } = useParams({ strict: false });
  const [editing, setEditing] = useState<Disposition | "new" | null>(null);
  const list = useQuery({
    queryKey: key("dispositions", id),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/workstreams/{id}/dispositions", { params: { path: { id }, query } }))),
  });
  const close = () => setEditing(null);
  const add = <Button onClick={() => setEditing("new")}>Add a disposition</Button>;
  return (
    <Loaded what="the workstream" queryKey={key("workstream", id)} read={() => readWorkstream(id)}>
      {(workstream) => (
        <>
          <PageHead
            title="Dispositions"
            back={{ to: `/setup/workstreams/${id}`, label: workstream.value.name }}
            action={add}
            operation="createDisposition"
          >
            How a conversation ended, such as Resolved or Spam. Agents choose one in wrap-up.
          </PageHead>
          <EditForm
            label="Required"
            fields={[required]}
            queryKey={key("workstream", id)}
            list={key("workstreams")}
            loaded={workstream}
            read={() => readWorkstream(id)}
            change={(body, headers) => changeWorkstream(id, body, headers)}
          />
          <ListOf
            label="Dispositions"
            query={list}
            textOf={(d) => d.name}
            empty={
              <EmptyState icon={<IconChecklist size={36} stroke={1.4} aria-hidden />} title="No dispositions yet" action={add}>
                Agents are not asked until there is one.
              </EmptyState>
            }
            columns={[
              { label: "Name", show: (d) => d.name },
              { label: "Status", show: (d) => (d.archived ? "Archived" : "In use") },
              { label: "Actions", hidden: true, show: (d) => <Actions d={d} edit={() => setEditing(d)} /> },
            ]}
          />
          <Modal
            opened={editing !== null}
            onClose={close}
            title={editing === "new" ? "Add a disposition" : "Edit disposition"}
            closeButtonProps={{ "aria-label": "Close" }}
          >
            {editing === "new" ? <New workstream={id} done={close} /> : editing && <Edit d={editing} />}
          </Modal>
        </>
      )}
    </Loaded>
  );
}

function Actions({ d, edit }: { d: Disposition; edit: () => void }) {
  return (
    <Group gap="xs" wrap="nowrap">
      <Button variant="default" onClick={edit} aria-label={`Edit ${d.name}`}>
        Edit
      </Button>
      <DeleteButton
        what="disposition"
        name={d.name}
        uses={["Only a disposition that no conversation has can be deleted."]}
        alternative="Archive it to keep it on the conversations that have it."
        remove={async () => {
          await answer(api.DELETE("/v1/dispositions/{id}", at(d.id)));
          await refresh("dispositions", d.workstream_id);
        }}
        done={() => undefined}
      />
    </Group>
  );
}

function New({ workstream, done }: { workstream: string; done: () => void }) {
  return (
    <ResourceForm
      label="Add a disposition"
      fields={[name]}
      stored={{ values: { name: "" }, etag: null }}
      isNew
      submit="Add disposition"
      save={async (values, etag) => {
        const body = nested(values) as Schemas["NewDisposition"];
        await answer(api.POST("/v1/workstreams/{id}/dispositions", { ...at(workstream), body }));
        await refresh("dispositions", workstream);
        done();
        return { values, etag };
      }}
    />
  );
}

function Edit({ d }: { d: Disposition }) {
  return (
    <Loaded what="the disposition" queryKey={key("disposition", d.id)} read={() => readOne(d.id)}>
      {(loaded) => (
        <EditForm
          label="Disposition"
          fields={[name, archived]}
          queryKey={key("disposition", d.id)}
          list={key("dispositions", d.workstream_id)}
          loaded={loaded}
          read={() => readOne(d.id)}
          change={(body, headers) =>
            versioned(api.PATCH("/v1/dispositions/{id}", { ...at(d.id), body: body as Schemas["DispositionChange"], headers }))
          }
        />
      )}
    </Loaded>
  );
}
