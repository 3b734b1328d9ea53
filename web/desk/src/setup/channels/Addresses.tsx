import { Button, Group, Modal, Stack, Table, Text } from "@mantine/core";
import { useState } from "react";

import { ScrollTable } from "../../ui/ScrollTable";
import { LoadError, SkeletonRows } from "../../ui/States";
import { formatDateTime } from "../../ui/time";
import { DeleteButton } from "../form/DeleteButton";
import { useAddresses, useWorkstreams, type Account, type Address } from "../lists";
import { deleteAddress, useTraffic } from "./accounts";
import { AddressForm } from "./AddressForm";
import { channelName } from "./providers";

/** Addresses are the numbers and senders of an account. */
export function Addresses({ account, channels }: { account: Account; channels: string[] }) {
  const addresses = useAddresses(account.id);
  const [editing, setEditing] = useState<Address | "new" | null>(null);
  const close = () => setEditing(null);
  return (
    <Stack gap="sm" align="stretch">
      <Text size="sm">
        A number becomes known with its first message. List it here to give it a name, a workstream and a language of its own.
      </Text>
      {addresses.isPending && <SkeletonRows n={2} h={40} />}
      {addresses.isError && <LoadError what="Could not load the numbers" error={addresses.error} retry={() => void addresses.refetch()} />}
      {addresses.data && addresses.data.length > 0 && <AddressTable account={account} list={addresses.data} edit={setEditing} />}
      <Button variant="default" onClick={() => setEditing("new")} style={{ alignSelf: "flex-start" }}>
        Add a number or sender
      </Button>
      <Modal opened={editing !== null} onClose={close} title={editing === "new" ? "Add a number or sender" : "Edit address"} size="lg">
        {editing && <AddressForm account={account} channels={channels} address={editing === "new" ? undefined : editing} done={close} />}
      </Modal>
    </Stack>
  );
}

function AddressTable({ account, list, edit }: { account: Account; list: Address[]; edit: (a: Address) => void }) {
  const traffic = useTraffic().data;
  const workstreams = useWorkstreams().data;
  return (
    <ScrollTable label="Numbers and senders" minWidth={560}>
      <Table verticalSpacing="xs" aria-label="Numbers and senders">
        <Table.Thead>
          <Table.Tr>
            <Table.Th>Number</Table.Th>
            <Table.Th>Channel</Table.Th>
            <Table.Th>Workstream</Table.Th>
            <Table.Th>Last message in</Table.Th>
            <Table.Th className="setup-th">
              <span className="hidden">Actions</span>
            </Table.Th>
          </Table.Tr>
        </Table.Thead>
        <Table.Tbody>
          {list.map((a) => (
            <Table.Tr key={a.id}>
              <Table.Td>
                <Text size="sm" className="nowrap">
                  {a.address.replace(/^whatsapp:/, "")}
                </Text>
                <Text size="xs" c="dimmed">
                  {a.name}
                </Text>
              </Table.Td>
              <Table.Td>{channelName(a.channel)}</Table.Td>
              <Table.Td>{workstreams?.find((w) => w.id === a.workstream_id)?.name ?? "…"}</Table.Td>
              <Table.Td>{traffic?.last[a.id] ? formatDateTime(traffic.last[a.id] ?? "") : "None lately"}</Table.Td>
              <Table.Td>
                <AddressActions account={account} address={a} open={traffic?.open[a.id] ?? 0} edit={() => edit(a)} />
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </ScrollTable>
  );
}

function AddressActions({ account, address, open, edit }: { account: Account; address: Address; open: number; edit: () => void }) {
  return (
    <Group gap="xs" justify="flex-end" wrap="nowrap">
      <Button size="compact-sm" variant="default" onClick={edit} aria-label={`Edit ${address.address}`}>
        Edit
      </Button>
      <DeleteButton
        what="address"
        name={address.address}
        uses={[
          ...(open > 0 ? [`${open} open ${open === 1 ? "conversation uses" : "conversations use"} it.`] : []),
          "An address to which conversations came cannot be deleted.",
        ]}
        remove={() => deleteAddress(account.id, address.id)}
        done={() => undefined}
      />
    </Group>
  );
}
