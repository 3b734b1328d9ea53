import { Button, Group, Modal } from "@mantine/core";
import { IconTags } from "@tabler/icons-react";
import { useState } from "react";

import { type Tag, useTags } from "../../tags/calls";
import { TagChip } from "../../tags/TagChip";
import { EmptyState } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import { EditForm } from "../form/EditForm";
import { nested, type Field } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { key } from "../lists";
import { ListOf } from "../ListOf";
import { Loaded } from "../Loaded";
import { PageHead } from "../PageHead";
import { changeTag, createTag, deleteTag, readTag } from "./calls";

const colors = ["gray", "red", "pink", "purple", "blue", "teal", "green", "yellow", "orange"];

const fields: Field[] = [
  { name: "name", label: "Name", kind: "text", required: true, maxLength: 50 },
  {
    name: "color",
    label: "Color",
    kind: "select",
    required: true,
    options: colors.map((c) => ({ value: c, label: c.charAt(0).toUpperCase() + c.slice(1) })),
  },
];

const archived: Field = {
  name: "archived",
  label: "Archived",
  kind: "switch",
  help: "Stays on the conversations that have it. Agents can no longer add it.",
};

/** TagsPage lists the tags that agents mark conversations with. */
export function TagsPage() {
  const tags = useTags();
  const [editing, setEditing] = useState<Tag | "new" | null>(null);
  const close = () => setEditing(null);
  const add = <Button onClick={() => setEditing("new")}>Add a tag</Button>;
  return (
    <>
      <PageHead title="Tags" action={add} operation="listTags">
        Labels that agents put on conversations, such as Refund or VIP. Lists can be filtered by them.
      </PageHead>
      <ListOf
        label="Tags"
        query={tags}
        textOf={(t) => t.name}
        empty={
          <EmptyState icon={<IconTags size={36} stroke={1.4} aria-hidden />} title="No tags yet" action={add}>
            Agents can tag conversations as soon as there is a tag.
          </EmptyState>
        }
        columns={[
          { label: "Tag", show: (t) => <TagChip name={t.name} color={t.color} /> },
          { label: "Status", show: (t) => (t.archived ? "Archived" : "In use") },
          {
            label: "Actions",
            hidden: true,
            show: (t) => (
              <Group gap="xs" wrap="nowrap">
                <Button variant="default" onClick={() => setEditing(t)} aria-label={`Edit ${t.name}`}>
                  Edit
                </Button>
                <DeleteButton
                  what="tag"
                  name={t.name}
                  uses={["Only a tag that no conversation has can be deleted."]}
                  alternative="Archive it to keep it on the conversations that have it."
                  remove={() => deleteTag(t.id)}
                  done={() => undefined}
                />
              </Group>
            ),
          },
        ]}
      />
      <Modal
        opened={editing !== null}
        onClose={close}
        title={editing === "new" ? "Add a tag" : "Edit tag"}
        closeButtonProps={{ "aria-label": "Close" }}
      >
        {editing === "new" ? <NewTag done={close} /> : editing && <EditTag id={editing.id} />}
      </Modal>
    </>
  );
}

function NewTag({ done }: { done: () => void }) {
  return (
    <ResourceForm
      label="Add a tag"
      fields={fields}
      stored={{ values: { name: "", color: "gray" }, etag: null }}
      isNew
      submit="Add tag"
      save={async (values, etag) => {
        await createTag(nested(values));
        done();
        return { values, etag };
      }}
    />
  );
}

function EditTag({ id }: { id: string }) {
  return (
    <Loaded what="the tag" queryKey={key("tag", id)} read={() => readTag(id)}>
      {(loaded) => (
        <EditForm
          label="Tag"
          fields={[...fields, archived]}
          queryKey={key("tag", id)}
          list={key("tags")}
          loaded={loaded}
          read={() => readTag(id)}
          change={(body, headers) => changeTag(id, body, headers)}
        />
      )}
    </Loaded>
  );
}
