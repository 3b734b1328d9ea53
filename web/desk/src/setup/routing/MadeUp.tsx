import { Alert, Button, NativeSelect, Stack, TextInput } from "@mantine/core";
import { useMutation } from "@tanstack/react-query";
import { type SubmitEvent, useId, useState } from "react";

import { errorMessage } from "../../api/client";
import type { Attribute } from "./attributes";
import { mistakesOf, simulate } from "./calls";
import { DecisionView } from "./DecisionView";
import { askedFor, factsOf } from "./facts";
import { modelOf } from "./model";
import type { TryProps } from "./TryIt";

/** MadeUp asks about a conversation that somebody makes up, with the draft and with the saved rules. */
export function MadeUp({ workstream, form, names }: TryProps) {
  const [values, setValues] = useState<Record<string, string>>({});
  const [at, setAt] = useState("");
  const fields = askedFor(form.draft, names.attributes);
  const ask = useMutation({
    mutationFn: async () => {
      const facts = factsOf(values, fields);
      const body = { facts, ...(at && { at: new Date(at).toISOString() }) };
      const draft = await simulate(workstream.id, { ...body, rules: modelOf(form.draft) });
      return { draft, saved: form.dirty ? await simulate(workstream.id, body) : null };
    },
  });
  const onSubmit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    ask.mutate();
  };
  const wrong = Object.values(mistakesOf(ask.error));
  return (
    <Stack gap="md">
      <form onSubmit={onSubmit} aria-label="Made-up conversation" noValidate>
        <div className="facts">
          {fields.map((a) => (
            <FactInput
              key={a.path}
              attribute={a}
              value={values[a.path] ?? ""}
              set={(value) => setValues((before) => ({ ...before, [a.path]: value }))}
            />
          ))}
          <TextInput
            label="When"
            description="Empty: now"
            type="datetime-local"
            value={at}
            onChange={(e) => setAt(e.currentTarget.value)}
          />
        </div>
        <Button type="submit" mt="md" variant="default" loading={ask.isPending}>
          Try it
        </Button>
      </form>
      <div role="status">
        {ask.isError && (
          <Alert color="red" title="Could not try it">
            {wrong.length > 0 ? `The rules have mistakes: ${wrong.join(" ")}` : errorMessage(ask.error)}
          </Alert>
        )}
        {ask.data && !ask.isPending && (
          <DecisionView decision={ask.data.draft.decision} saved={ask.data.saved?.decision ?? null} queue={names.queue} />
        )}
      </div>
    </Stack>
  );
}

interface FactProps {
  attribute: Attribute;
  value: string;
  set: (value: string) => void;
}

function FactInput({ attribute, value, set }: FactProps) {
  const list = useId();
  const known = attribute.values ?? [];
  const common = { label: attribute.label, description: attribute.group, value };
  if (attribute.kind === "flag")
    return (
      <NativeSelect
        {...common}
        data={[
          { value: "", label: "No" },
          { value: "yes", label: "Yes" },
        ]}
        onChange={(e) => set(e.currentTarget.value)}
      />
    );
  return (
    <>
      <TextInput
        {...common}
        type={attribute.kind === "number" ? "number" : "text"}
        autoComplete="off"
        list={known.length > 0 ? list : undefined}
        onChange={(e) => set(e.currentTarget.value)}
      />
      {known.length > 0 && (
        <datalist id={list}>
          {known.map((k) => (
            <option key={k.value} value={k.value}>
              {k.label}
            </option>
          ))}
        </datalist>
      )}
    </>
  );
}
