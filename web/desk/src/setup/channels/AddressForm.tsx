import { nested, valuesOf, type Field, type Values } from "../form/fields";
import { ResourceForm } from "../form/ResourceForm";
import { options, useHoursList, useWorkstreams, type Account, type Address } from "../lists";
import { addAddress, changeAddress } from "./accounts";
import { channelName, checkAddress } from "./providers";

interface Props {
  account: Account;
  channels: string[];
  address?: Address; // which is edited; else one is added
  done: () => void;
}

/** AddressForm adds or edits a number or sender. */
export function AddressForm({ account, channels, address, done }: Props) {
  const workstreams = useWorkstreams().data;
  const hours = useHoursList().data;
  if (!workstreams || !hours) return null;
  const fields = [...(address ? [] : identity(channels)), ...settings(options(workstreams), options(hours))];
  const start: Values = { ...valuesOf(fields, {}), channel: channels[0] ?? "", language: "en", workstream_id: account.workstream_id };
  return (
    <ResourceForm
      label={address ? "Edit address" : "Add a number or sender"}
      fields={fields}
      // Nothing reads one address, so there is no version to compare with: of what two people change, the last wins by field.
      stored={{ values: address ? valuesOf(fields, address) : start, etag: null }}
      isNew={!address}
      submit={address ? "Save" : "Add"}
      save={async (changes, etag) => {
        if (address) await changeAddress(account.id, address.id, nested(changes), {});
        else await addAddress(account.id, nested(changes));
        done();
        return { values: changes, etag };
      }}
    />
  );
}

function identity(channels: string[]): Field[] {
  return [
    {
      name: "channel",
      label: "Channel",
      kind: "select",
      required: true,
      options: channels.map((c) => ({ value: c, label: channelName(c) })),
    },
    ...channels.map((c): Field => ({
      name: "address",
      label: c === "whatsapp" ? "Sender" : "Number",
      kind: "text",
      required: true,
      maxLength: 200,
      placeholder: "+4915112345678",
      help: "With + and the country code.",
      check: (value) => checkAddress(c, value),
      when: (all) => all["channel"] === c,
    })),
  ];
}

function settings(workstreams: Field["options"], hours: Field["options"]): Field[] {
  return [
    { name: "name", label: "Name", kind: "text", maxLength: 100, help: "How your team calls it." },
    { name: "workstream_id", label: "Workstream", kind: "select", required: true, options: workstreams },
    {
      name: "language",
      label: "Language",
      kind: "text",
      required: true,
      help: "Of automated messages, where the customer's is not known: en, nl, fi, et, …",
      check: (v) => (/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/.test(v) ? undefined : "A language is written as en or pt-BR."),
    },
    { name: "operating_hours_id", label: "Operating hours", kind: "select", none: "Always open", options: hours },
  ];
}
