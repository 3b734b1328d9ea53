import { Alert, Button, Checkbox, Code, Group, Modal, NativeSelect, Stack, Table, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { type SubmitEvent, useState } from "react";

import { answer, api, errorMessage } from "../api/client";
import { channelName } from "../conversation/labels";
import { queryClient } from "../live/store";
import { useMe } from "../session/session";
import { ScrollTable } from "../ui/ScrollTable";
import { LoadError, SkeletonRows } from "../ui/States";
import type { Configuration } from "./types";
import { useConfigurations, useTemplates } from "./useCampaigns";

/** OutboundConfigurations lists pairs of sender and template; administrators can add some. */
export function OutboundConfigurations() {
  const list = useConfigurations();
  const administers = useMe().role === "administrator";
  const [adding, setAdding] = useState(false);
  return (
    <section aria-label="Outbound configurations">
      <Group justify="space-between" mt="xl" mb="sm">
        <Title order={2} size="h4">
          Outbound configurations
        </Title>
        {administers && (
          <Button variant="default" onClick={() => setAdding(true)}>
            New configuration
          </Button>
        )}
      </Group>
      {list.isPending && <SkeletonRows n={2} h={36} />}
      {list.isError && <LoadError what="Could not load configurations" error={list.error} retry={() => void list.refetch()} />}
      {list.data?.length === 0 && (
        <Text size="sm" c="dimmed">
          No configurations yet. A configuration combines a sender with a template.{" "}
          {administers ? "Add one" : "Ask an administrator to add one"} to create campaigns.
        </Text>
      )}
      {list.data && list.data.length > 0 && <ConfigurationTable list={list.data} />}
      <Modal
        opened={adding}
        onClose={() => setAdding(false)}
        title="New configuration"
        size="lg"
        closeButtonProps={{ "aria-label": "Close" }}
      >
        <ConfigurationForm done={() => setAdding(false)} />
      </Modal>
    </section>
  );
}

function ConfigurationTable({ list }: { list: Configuration[] }) {
  return (
    <ScrollTable label="Configurations" minWidth={480}>
      <Table aria-label="Configurations">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Name</Table.Th>
            <Table.Th>Channel</Table.Th>
            <Table.Th>On timeline</Table.Th>
            <Table.Th>ID (for the API)</Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((c) => (
            <Table.Tr key={c.id}>
              <Table.Td maw={280} miw={140} className="anywhere">
                {c.name}
              </Table.Td>
              <Table.Td>{channelName(c.channel)}</Table.Td>
              <Table.Td>{c.show_on_timeline ? "Yes" : "No"}</Table.Td>
              <Table.Td>
                <Code>{c.id}</Code>
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

interface Sender {
  id: string;
  label: string;
  channel: string;
}

/** useAddresses loads all addresses that messages can be sent from. */
function useAddresses() {
  return useQuery({
    queryKey: ["addresses"],
    queryFn: async (): Promise<Sender[]> => {
      const accounts = await answer(api.GET("/v1/accounts", { params: { query: { limit: 200 } } }));
      const lists = await Promise.all(
        accounts.items.map(async (a) => {
          const { items } = await answer(api.GET("/v1/accounts/{id}/addresses", { params: { path: { id: a.id } } }));
          return items.map((d) => ({ id: d.id, channel: d.channel, label: [d.name, d.address, a.name].filter(Boolean).join(" · ") }));
        }),
      );
      return lists.flat();
    },
  });
}

function ConfigurationForm({ done }: { done: () => void }) {
  const addresses = useAddresses();
  const [name, setName] = useState("");
  const [address, setAddress] = useState("");
  const [template, setTemplate] = useState("");
  const [timeline, setTimeline] = useState(false);
  const from = addresses.data?.find((d) => d.id === address);
  const templates = useTemplates(from?.channel);
  const add = useMutation({
    mutationFn: () =>
      answer(
        api.POST("/v1/outbound-configurations", { body: { name, address_id: address, template_id: template, show_on_timeline: timeline } }),
      ),
    onSuccess: async () => {
      await queryClient.invalidateQueries({ queryKey: ["configurations"] });
      done();
    },
  });
  const submit = (e: SubmitEvent<HTMLFormElement>) => {
    e.preventDefault();
    add.mutate();
  };
  return (
    <form onSubmit={submit} aria-label="New configuration">
      <Stack>
        {add.isError && (
          <Alert color="red" role="alert">
            {errorMessage(add.error)}
          </Alert>
        )}
        <TextInput label="Name" required maxLength={200} value={name} onChange={(e) => setName(e.currentTarget.value)} data-autofocus />
        <NativeSelect
          label="From"
          description="A number or address of one of your accounts"
          required
          data={[
            { value: "", label: addresses.isPending ? "Loading…" : "Select" },
            ...(addresses.data ?? []).map((d) => ({ value: d.id, label: `${d.label} (${channelName(d.channel)})` })),
          ]}
          value={address}
          onChange={(e) => {
            setAddress(e.currentTarget.value);
            setTemplate("");
          }}
          error={addresses.isError ? "Could not load senders. Try again." : undefined}
        />
        <NativeSelect
          label="Template"
          description="Sent in each recipient's language"
          required
          disabled={!from}
          data={[{ value: "", label: "Select" }, ...(templates.data ?? []).map((t) => ({ value: t.id, label: t.name }))]}
          value={template}
          onChange={(e) => setTemplate(e.currentTarget.value)}
          error={templates.isError ? "Could not load templates. Try again." : undefined}
        />
        <Checkbox
          checked={timeline}
          onChange={(e) => setTimeline(e.currentTarget.checked)}
          label="Show messages on the contact's timeline (not recommended for large campaigns)"
        />
        <Group justify="flex-end">
          <Button variant="default" onClick={done}>
            Cancel
          </Button>
          <Button type="submit" loading={add.isPending} disabled={!name.trim() || !address || !template}>
            Save
          </Button>
        </Group>
      </Stack>
    </form>
  );
}
