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

/** ExpressionFields are a trigger's expressions: recipients and template values. */
export function ExpressionFields(props: Props) {
  return (
    <>
      <Fieldset legend="Recipients">
        <Stack gap="sm">
          <Text size="sm">
            Expressions can use <code>event</code>, <code>data</code> and, with a list, <code>item</code>. Put fixed text in quotes.
          </Text>
          <Group grow align="flex-start" className="fields">
            <Expression
              {...props}
              of="to"
              field="rule.to"
              label="Recipient"
              description="Phone number or customer ID"
              placeholder="data.customer.phone"
              required
            />
            <Expression
              {...props}
              of="optin"
              field="rule.optin"
              label="Consent"
              description="If empty, nothing is sent"
              placeholder="data.customer.agreed"
            />
          </Group>
          <Group grow align="flex-start" className="fields">
            <Expression
              {...props}
              of="when"
              field="rule.when"
              label="Condition"
              description="Leave empty for always"
              placeholder={'data.priority == "high"'}
            />
            <Expression
              {...props}
              of="each"
              field="rule.each"
              label="For each"
              description="A list; leave empty for one contact"
              placeholder="data.orders"
            />
          </Group>
          <Group grow align="flex-start" className="fields">
            <Expression
              {...props}
              of="locale"
              field="rule.locale"
              label="Language"
              description="Leave empty for the template default"
              placeholder="data.customer.language"
            />
            <Expression
              {...props}
              of="about"
              field="rule.entityrelationshipname"
              label="Regarding"
              description="Shown on the contact's timeline"
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

/** usePlaceholders loads the placeholders of a configuration's template, in all its languages. */
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
    <Fieldset legend="Template values">
      <Stack gap="sm">
        {names.map((name) => (
          <TextInput
            key={name}
            className="expression"
            label={`{${name}}`}
            description={asked.data && !asked.data.includes(name) ? "Not used by the template" : "An expression"}
            maxLength={4000}
            spellCheck={false}
            value={now.values[name] ?? ""}
            onChange={(e) => set({ values: { ...now.values, [name]: e.currentTarget.value } })}
            error={wrong[`rule.contextitems.${name}`]}
          />
        ))}
        {asked.isError && <Text size="sm">Could not load the template. Some placeholders may be missing here.</Text>}
      </Stack>
    </Fieldset>
  );
}
