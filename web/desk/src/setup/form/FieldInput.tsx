import { Checkbox, Group, NativeSelect, Text, Textarea, TextInput, type TextInputProps } from "@mantine/core";

import type { Field, Value } from "./fields";

interface Props {
  field: Field;
  value: Value;
  set: (value: Value) => void;
  error?: string;
}

const textOf = (value: Value): string =>
  value === null || typeof value === "boolean" ? "" : Array.isArray(value) ? value.join("\n") : String(value);

/** FieldInput is one field of a form, as its kind asks for it. */
export function FieldInput({ field, value, set, error }: Props) {
  const common = { label: field.label, description: field.help, error, required: field.required };
  const typed = { ...common, value: textOf(value), placeholder: field.placeholder, maxLength: field.maxLength };
  const onText: TextInputProps["onChange"] = (e) => set(e.currentTarget.value);
  switch (field.kind) {
    case "switch":
      return (
        <Checkbox
          label={field.label}
          description={field.help}
          error={error}
          checked={value === true}
          onChange={(e) => set(e.currentTarget.checked)}
        />
      );
    case "number":
      return (
        <TextInput
          {...typed}
          type="number"
          min={field.min}
          max={field.max}
          step={1}
          onChange={(e) => set(numberOf(e.currentTarget.value))}
        />
      );
    case "select":
      return <SelectInput field={field} value={value} set={set} error={error} />;
    case "checks":
      return <ChecksInput field={field} value={value} set={set} error={error} />;
    case "lines":
      return <Textarea {...typed} autosize minRows={2} spellCheck={false} onChange={(e) => set(linesOf(e.currentTarget.value))} />;
    case "multiline":
      return <Textarea {...typed} autosize minRows={2} onChange={(e) => set(e.currentTarget.value)} />;
    case "color":
      return <ColorField field={field} value={value} set={set} error={error} />;
    case "secret":
      return <TextInput {...typed} type="password" autoComplete="new-password" onChange={onText} />;
    default:
      return <TextInput {...typed} type={field.kind} autoComplete="off" spellCheck={false} onChange={onText} />;
  }
}

const numberOf = (typed: string): number | null => (typed === "" || Number.isNaN(Number(typed)) ? null : Number(typed));

/** ColorField is the browser's own choice of a colour, and its name as text. */
function ColorField({ field, value, set, error }: Props) {
  return (
    <TextInput
      label={field.label}
      description={field.help}
      error={error}
      value={textOf(value)}
      onChange={(e) => set(e.currentTarget.value)}
      leftSection={
        <input
          type="color"
          className="swatch"
          aria-label={`Choose ${field.label.toLowerCase()}`}
          value={/^#[0-9a-f]{6}$/i.test(textOf(value)) ? textOf(value) : "#000000"}
          onChange={(e) => set(e.currentTarget.value)}
        />
      }
    />
  );
}

/** linesOf keeps an empty last line while one types; empty ones before it go. */
function linesOf(typed: string): string[] {
  const lines = typed.split("\n");
  return lines.filter((line, i) => line !== "" || (i === lines.length - 1 && i > 0));
}

function SelectInput({ field, value, set, error }: Props) {
  const none = field.none ?? "Select";
  const offersNone = field.none !== undefined || value === "" || value === null;
  return (
    <NativeSelect
      label={field.label}
      description={field.help}
      error={error}
      required={field.required}
      data={[...(offersNone ? [{ value: "", label: none }] : []), ...(field.options ?? [])]}
      value={textOf(value)}
      onChange={(e) => set(e.currentTarget.value === "" && field.none !== undefined ? null : e.currentTarget.value)}
    />
  );
}

function ChecksInput({ field, value, set, error }: Props) {
  return (
    <Checkbox.Group
      label={field.label}
      description={field.help}
      error={error}
      value={Array.isArray(value) ? value : []}
      onChange={(chosen) => set(chosen)}
    >
      {[...new Set(field.options?.map((o) => o.group))].map((group) => (
        <div key={group ?? ""}>
          {group && (
            <Text size="sm" c="dimmed" mt="sm">
              {group}
            </Text>
          )}
          <Group gap="md" mt={6}>
            {field.options
              ?.filter((o) => o.group === group)
              .map((o) => (
                <Checkbox key={o.value} value={o.value} label={o.label} description={o.help} w={o.help ? "100%" : undefined} />
              ))}
          </Group>
        </div>
      ))}
    </Checkbox.Group>
  );
}
