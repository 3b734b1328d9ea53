import { Button, Modal } from "@mantine/core";
import { IconSchool } from "@tabler/icons-react";
import { useState } from "react";

import { EmptyState } from "../../ui/States";
import { DeleteButton } from "../form/DeleteButton";
import { nested, type Field } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { refresh, useSkills } from "../lists";
import { ListOf } from "../ListOf";
import { PageHead } from "../PageHead";
import { createSkill, deleteSkill } from "./calls";

const fields: Field[] = [
  {
    name: "name",
    label: "Name",
    kind: "text",
    required: true,
    maxLength: 100,
    help: "Rules ask for it by this name, so it cannot be changed.",
  },
  { name: "kind", label: "Kind", kind: "text", maxLength: 100, placeholder: "language, product, …" },
];

/** SkillsPage lists what people can be good at. */
export function SkillsPage() {
  const skills = useSkills();
  const [adding, setAdding] = useState(false);
  const add = <Button onClick={() => setAdding(true)}>Add a skill</Button>;
  return (
    <>
      <PageHead title="Skills" action={add} operation="listSkills">
        What somebody must be able to do, such as a language or a product. Routing rules ask for skills; each person has them with a rating.
      </PageHead>
      <ListOf
        label="Skills"
        query={skills}
        textOf={(s) => `${s.name} ${s.kind}`}
        empty={<EmptyState icon={<IconSchool size={36} stroke={1.4} aria-hidden />} title="No skills yet" action={add} />}
        columns={[
          { label: "Name", show: (s) => s.name },
          { label: "Kind", show: (s) => s.kind },
          {
            label: "Actions",
            hidden: true,
            show: (s) => (
              <DeleteButton
                what="skill"
                name={s.name}
                uses={["People lose it. Rules that ask for it do so in vain."]}
                remove={() => deleteSkill(s.id)}
                done={() => undefined}
              />
            ),
          },
        ]}
      />
      <Modal opened={adding} onClose={() => setAdding(false)} title="Add a skill">
        <ResourceForm
          label="Add a skill"
          fields={fields}
          stored={{ values: { name: "", kind: "" }, etag: null }}
          isNew
          submit="Add skill"
          save={async (all, etag) => {
            await createSkill(nested(all));
            await refresh("skills");
            setAdding(false);
            return { values: all, etag };
          }}
        />
      </Modal>
    </>
  );
}
