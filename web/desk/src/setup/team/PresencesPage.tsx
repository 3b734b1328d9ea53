import { Button, Group, Modal, Text } from "@mantine/core";
import { IconUserCircle } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";

import { answer, api } from "../../api/client";
import { presences } from "../../session/presences";
import { EmptyState } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { nested, type Field } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { all, key, refresh } from "../lists";
import { ListOf } from "../ListOf";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { useSomePeople } from "./people";
import { changePresence, createPresence, deletePresence, readPresence, type CustomPresence } from "./profiles";

const bases = (["available", "busy", "do_not_disturb", "away", "offline"] as const).map((p) => ({ value: p, label: presences[p].label }));

const fields: Field[] = [
  { name: "name", label: "Name", kind: "text", required: true, maxLength: 100, placeholder: "Lunch" },
  {
    name: "base",
    label: "Counts as",
    kind: "select",
    required: true,
    options: bases,
    help: "Which decides whether work is offered. It stays while somebody has chosen the presence.",
  },
  { name: "text", label: "What colleagues see", kind: "text", maxLength: 100, placeholder: "Back at one", help: "Empty: the name." },
  { name: "description", label: "When to choose it", kind: "multiline", maxLength: 500 },
];

/** PresencesPage lists the presences that people can choose besides the built-in ones. */
export function PresencesPage() {
  const list = useQuery({
    queryKey: key("presences"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/presences", { params: { query } }))),
  });
  const [editing, setEditing] = useState<CustomPresence | "new" | null>(null);
  const close = () => setEditing(null);
  const add = <Button onClick={() => setEditing("new")}>Add a presence</Button>;
  return (
    <>
      <PageHead title="Presences" action={add} operation="listPresences">
        What people can choose besides {bases.map((b) => b.label).join(", ")}. A new one is offered at once.
      </PageHead>
      <ListOf
        label="Presences"
        query={list}
        textOf={(p) => `${p.name} ${p.text} ${p.description}`}
        empty={
          <EmptyState icon={<IconUserCircle size={36} stroke={1.4} aria-hidden />} title="Only the built-in presences" action={add}>
            Add “Lunch” or “Training” so that colleagues see why somebody is away.
          </EmptyState>
        }
        columns={[
          {
            label: "Name",
            show: (p) => (
              <>
                <b>{p.name}</b>
                {p.text !== p.name && (
                  <Text size="xs" c="dimmed">
                    {p.text}
                  </Text>
                )}
              </>
            ),
          },
          {
            label: "Counts as",
            show: (p) => (
              <Group gap={6} wrap="nowrap">
                <Text span c={presences[p.base].color} aria-hidden>
                  {presences[p.base].sign}
                </Text>
                {presences[p.base].label}
              </Group>
            ),
          },
          { label: "When to choose it", show: (p) => p.description },
          {
            label: "Actions",
            hidden: true,
            show: (p) => (
              <Group gap="xs" wrap="nowrap">
                <Button variant="default" onClick={() => setEditing(p)} aria-label={`Edit ${p.name}`}>
                  Edit
                </Button>
                <DeletePresence presence={p} />
              </Group>
            ),
          },
        ]}
      />
      <Modal
        opened={editing !== null}
        onClose={close}
        title={editing === "new" ? "Add a presence" : "Edit presence"}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {editing === "new" ? <NewPresence done={close} /> : editing && <EditPresence id={editing.id} />}
      </Modal>
    </>
  );
}

function DeletePresence({ presence }: { presence: CustomPresence }) {
  const agents = useSomePeople({ limit: 200, presence_id: presence.id }).data?.items ?? [];
  const now = agents.filter((a) => a.chosen_presence_id === presence.id);
  const begin = agents.filter((a) => a.default_presence_id === presence.id);
  const people = (list: { name: string }[]) => (list.length > 3 ? `${list.length} people` : list.map((a) => a.name).join(", "));
  return (
    <DeleteButton
      what="presence"
      name={presence.name}
      uses={[
        ...(now.length > 0 ? [`${people(now)} chose it and will be ${presences[presence.base].label.toLowerCase()}.`] : []),
        ...(begin.length > 0 ? [`The day begins with it for ${people(begin)}.`] : []),
      ]}
      alternative={begin.length > 0 ? "Let these people begin with another presence first." : undefined}
      remove={() => deletePresence(presence.id)}
      done={() => undefined}
    />
  );
}

function NewPresence({ done }: { done: () => void }) {
  return (
    <ResourceForm
      label="Add a presence"
      fields={fields}
      stored={{ values: { name: "", base: "away", text: "", description: "" }, etag: null }}
      isNew
      submit="Add presence"
      save={async (now, etag) => {
        await createPresence(nested(now));
        await refresh("presences");
        done();
        return { values: now, etag };
      }}
    />
  );
}

function EditPresence({ id }: { id: string }) {
  return (
    <Loaded what="the presence" queryKey={key("presence", id)} read={() => readPresence(id)}>
      {(loaded) => (
        <EditForm
          label="Presence"
          fields={fields}
          queryKey={key("presence", id)}
          list={key("presences")}
          loaded={loaded}
          read={() => readPresence(id)}
          change={(body, headers) => changePresence(id, body, headers)}
        />
      )}
    </Loaded>
  );
}
