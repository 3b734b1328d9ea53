import type { Field } from "../form/fields";
import { options, type Workstream } from "../lists";

/** workstreamField says where the conversations of an account go. */
export const workstreamField = (workstreams: Workstream[] | undefined): Field => ({
  name: "workstream_id",
  label: "Workstream",
  kind: "select",
  required: true,
  options: options(workstreams),
  help: "Its rules and its queue get the conversations, unless a number has a workstream of its own.",
});

export const baseURLField: Field = {
  name: "base_url",
  label: "API address",
  kind: "text",
  group: "Optional",
  placeholder: "https://…",
  help: "Only for a proxy or a test system in place of the provider. Changing it later asks for all secrets again.",
};
