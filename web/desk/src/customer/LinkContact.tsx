import { Button, Group, Stack, Text, TextInput, UnstyledButton } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { answer, api } from "../api/client";
import type { Conversation } from "../api/types";
import { fetchConversation } from "../live/apply";
import { storeConversations } from "../live/store";
import { notifyError } from "../ui/notify";

/** LinkContact searches for the customer's contact, or creates one. */
export function LinkContact({ c, done }: { c: Conversation; done?: () => void }) {
  const [q, setQ] = useState("");
  const [adding, setAdding] = useState(false);
  const [words] = useDebouncedValue(q.trim(), 200);
  const found = useQuery({
    queryKey: ["contacts", words],
    enabled: words.length > 1,
    staleTime: 10_000,
    queryFn: () => answer(api.GET("/v1/contacts", { params: { query: { q: words, limit: 6 } } })),
    select: (p) => p.items,
  });
  const link = useMutation({
    mutationFn: (contact_id: string) =>
      answer(api.PUT("/v1/conversations/{id}/contact", { params: { path: { id: c.id } }, body: { contact_id } })),
    onSuccess: (after) => {
      storeConversations(after);
      done?.();
    },
    onError: (e) => notifyError("Could not link the contact", e),
  });
  if (adding) return <NewContactForm c={c} done={() => (done ? done() : setAdding(false))} cancel={() => setAdding(false)} />;
  return (
    <Stack gap="xs">
      <TextInput
        label="Search contacts"
        description="Name, or the whole e-mail address, phone number or external ID"
        size="xs"
        value={q}
        onChange={(e) => setQ(e.currentTarget.value)}
        maxLength={100}
      />
      <div role="list" aria-label="Search results">
        {found.data?.map((k) => (
          <div key={k.id} role="listitem">
            <UnstyledButton
              className="before"
              onClick={() => link.mutate(k.id)}
              disabled={link.isPending}
              aria-label={`Link to ${k.name || k.email || k.phone}`}
            >
              <span className="truncate grow">{k.name || k.email || k.phone || k.external_id}</span>
              <Text span size="xs" c="dimmed" className="truncate">
                {k.email || k.phone}
              </Text>
            </UnstyledButton>
          </div>
        ))}
      </div>
      <div role="status">
        {found.data?.length === 0 && (
          <Text size="xs" c="dimmed">
            No contacts match “{words}”. Search by the whole e-mail address or phone number, or add a new contact.
          </Text>
        )}
        {found.isError && <Text size="xs">Could not search contacts. Try again.</Text>}
      </div>
      <Group gap="xs">
        <Button size="compact-sm" variant="light" onClick={() => setAdding(true)}>
          New contact
        </Button>
        {done && (
          <Button size="compact-sm" variant="subtle" color="gray" onClick={done}>
            Cancel
          </Button>
        )}
      </Group>
    </Stack>
  );
}

/** NewContactForm creates a contact from the customer and links it. */
function NewContactForm({ c, done, cancel }: { c: Conversation; done: () => void; cancel: () => void }) {
  const phone = /^\+\d{6,15}$/.exec(c.customer.external_id)?.[0] ?? "";
  const [form, setForm] = useState({ name: c.customer.name || c.customer.profile_name, email: "", phone });
  const add = useMutation({
    mutationFn: () => answer(api.POST("/v1/contacts", { body: { ...form, conversation_id: c.id } })),
    onSuccess: async () => {
      await fetchConversation(c.id);
      done();
    },
    onError: (e) => notifyError("Could not add the contact", e),
  });
  const field = (name: keyof typeof form, label: string, type: string) => (
    <TextInput
      size="xs"
      label={label}
      type={type}
      value={form[name]}
      onChange={(e) => setForm({ ...form, [name]: e.currentTarget.value })}
      maxLength={200}
    />
  );
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="New contact">
      <Stack gap="xs">
        {field("name", "Name", "text")}
        {field("email", "E-mail address", "email")}
        {field("phone", "Phone number", "tel")}
        <Group gap="xs">
          <Button size="compact-sm" type="submit" loading={add.isPending} disabled={!Object.values(form).some(Boolean)}>
            Add and link
          </Button>
          <Button size="compact-sm" variant="subtle" color="gray" onClick={cancel}>
            Cancel
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
