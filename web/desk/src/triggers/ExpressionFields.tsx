import { Fieldset, Group, Stack, Text, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../api/client";
import { useConfigurations } from "../campaigns/useCampaigns";
import type { FormValues } from "./formValues";

interface Props {
  now: FormValues;
  set: (more: Partial<FormValues>) => void;
  wrong: Record<string, string>;
}

type Plain = "when" | "each" | "to" | "optin" | "locale" | "about";

/** ExpressionFields choose whom a trigger writes to, and with which words. */
export function ExpressionFields(props: Props) {
  return (
    <>
      <Fieldset legend="To whom">
        <Stack gap="sm">
          <Text size="sm">
            Expressions. They see <code>event</code>, <code>data</code> and, with a list, <code>item</code>. Fixed words stand in quotes.
          </Text>
          <Group grow align="flex-start" className="fields">
            <Expression
              {...props}
              of="to"
              field="rule.to"
              label="To"
              description="A number, or the customer's id"
              placeholder="data.customer.phone"
              required
            />
            <Expression
              {...props}
              of="optin"
              field="rule.optin"
              label="Has agreed"
              description="Empty: no, and nobody is written to"
              placeholder="data.customer.agreed"
            />
          </Group>
          <Group grow align="flex-start" className="fields">
            <Expression
              {...props}
              of="when"
              field="rule.when"
              label="Only if"
              description="Empty: always"
              placeholder={'data.priority == "high"'}
            />
            <Expression
              {...props}
              of="each"
              field="rule.each"
              label="For each of"
              description="A list; empty: one contact"
              placeholder="data.orders"
            />
          </Group>
          <Group grow align="flex-start" className="fields">
            <Expression
              {...props}
              of="locale"
              field="rule.locale"
              label="Language"
              description="Empty: the template's own"
              placeholder="data.customer.language"
            />
            <Expression
              {...props}
              of="about"
              field="rule.entityrelationshipname"
              label="What it is about"
              description="Shown with the contact"
              placeholder="data.case"
            />
          </Group>
        </Stack>
      </Fieldset>
      <Placeholders {...props} />
    </>
  );
}

interface ExpressionProps extends Props {
  of: Plain;
  field: string;
  label: string;
  description: string;
  placeholder: string;
  required?: boolean;
}

function Expression({ now, set, wrong, of, field, label, description, placeholder, required }: ExpressionProps) {
  return (
    <TextInput
      className="expression"
      label={label}
      description={description}
      placeholder={placeholder}
      required={required}
      maxLength={4000}
      spellCheck={false}
      value={now[of]}
      onChange={(e) => set({ [of]: e.currentTarget.value })}
      error={wrong[field]}
    />
  );
}

/** usePlaceholders is what the template of a configuration asks for, in any of its languages. */
function usePlaceholders(configuration: string) {
  const id = useConfigurations().data?.find((c) => c.id === configuration)?.template_id;
  return useQuery({
    queryKey: ["template", id],
    enabled: id !== undefined,
    staleTime: 60_000,
    queryFn: () => answer(api.GET("/v1/templates/{id}", { params: { path: { id: id ?? "" } } })),
    select: (t) => [...new Set(t.texts.flatMap((text) => text.placeholders))],
  });
}

function Placeholders({ now, set, wrong }: Props) {
  const asked = usePlaceholders(now.configuration_id);
  const names = [...new Set([...(asked.data ?? []), ...Object.keys(now.values)])];
  if (names.length === 0 && !asked.isError) return null;
  return (
    <Fieldset legend="What fills the template">
      <Stack gap="sm">
        {names.map((name) => (
          <TextInput
            key={name}
            className="expression"
            label={`{${name}}`}
            description={asked.data && !asked.data.includes(name) ? "The template does not ask for it; empty: left out" : "An expression"}
            maxLength={4000}
            spellCheck={false}
            value={now.values[name] ?? ""}
            onChange={(e) => set({ values: { ...now.values, [name]: e.currentTarget.value } })}
            error={wrong[`rule.contextitems.${name}`]}
          />
        ))}
        {asked.isError && <Text size="sm">The template cannot be read now, so what it asks for may be missing here.</Text>}
      </Stack>
    </Fieldset>
  );
}
