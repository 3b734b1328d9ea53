import { Alert, Button, Group, Stack, Text, Title } from "@mantine/core";
import { IconCheck } from "@tabler/icons-react";
import { type ReactNode, type SubmitEvent, useEffect, useRef } from "react";

import { errorMessage } from "../../api/client";
import { ConflictNotice } from "./ConflictNotice";
import { FieldInput } from "./FieldInput";
import { emptyOf, shown, type Field, type Values } from "./fields";
import { useResourceForm, type ResourceFormInput, type ResourceFormState } from "./useResourceForm";

interface Props extends ResourceFormInput {
  label: string; // of the form, for assistive technology
  submit?: string;
  cancel?: ReactNode;
  preview?: (now: Values) => ReactNode;
}

/** ResourceForm edits something of the API field by field and sends what changed. */
export function ResourceForm({ label, submit = "Save", cancel, preview, ...input }: Props) {
  const form = useResourceForm(input);
  const element = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (Object.keys(form.wrong).length > 0) element.current?.querySelector<HTMLElement>("[aria-invalid=true]")?.focus();
  }, [form.wrong]);
  useEffect(() => {
    // One saves at the end of a long form; why nothing was saved stands at its beginning.
    if (form.conflict || form.failure) element.current?.querySelector("[role=alert]")?.scrollIntoView({ block: "center" });
  }, [form.conflict, form.failure]);
  const onSubmit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    form.submit();
  };
  return (
    <div className={preview ? "with-preview" : undefined}>
      <form ref={element} onSubmit={onSubmit} aria-label={label} noValidate className="setup-form">
        <Stack gap="md">
          {form.conflict && <ConflictNotice merged={form.conflict} now={form.now} take={form.set} />}
          <Failure form={form} />
          <Groups fields={shown(input.fields, form.now)} form={form} />
          <Group gap="sm">
            <Button type="submit" loading={form.saving} disabled={!form.dirty}>
              {submit}
            </Button>
            {cancel}
            <Text size="sm" c="dimmed" role="status">
              {form.saved && (
                <Group gap={4} component="span">
                  <IconCheck size={16} aria-hidden /> Saved. It takes effect at once.
                </Group>
              )}
            </Text>
          </Group>
        </Stack>
      </form>
      {preview?.(form.now)}
    </div>
  );
}

/** Failure says why nothing was saved. */
function Failure({ form }: { form: ResourceFormState }) {
  if (!form.failure) return null;
  return (
    <Alert color="red" role="alert" title="Could not save">
      {Object.keys(form.wrong).length > 0 ? "Check the highlighted fields." : errorMessage(form.failure)}
    </Alert>
  );
}

function Groups({ fields, form }: { fields: Field[]; form: ResourceFormState }) {
  const groups = [...new Set(fields.map((f) => f.group))];
  return groups.map((group) => (
    <Stack key={group ?? ""} gap="md" component="section">
      {group && (
        <Title order={2} size="h6" mt="xs">
          {group}
        </Title>
      )}
      {fields
        .filter((f) => f.group === group)
        .map((f) => (
          <FieldInput
            key={f.name}
            field={f}
            value={form.now[f.name] ?? emptyOf(f)}
            set={(value) => form.set(f.name, value)}
            error={form.wrong[f.name]}
          />
        ))}
    </Stack>
  ));
}
