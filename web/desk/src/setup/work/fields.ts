import { presences } from "../../session/presences";
import type { Field } from "../form/fields";
import { options, type Queue } from "../lists";

const seconds = (name: string, label: string, help: string, group: string, more: Partial<Field> = {}): Field => ({
  name,
  label: `${label} (seconds)`,
  kind: "number",
  help,
  group,
  min: 0,
  ...more,
});

const offers = "Offers";
const closing = "Closing by itself";
const live = "Live chats";
const after = "After the conversation";
const files = "Files";

/** workstreamFields are a workstream's, in the order in which one thinks of them. */
export const workstreamFields = (queues: Queue[], isNew: boolean): Field[] => [
  ...basics(queues, isNew),
  ...offerFields,
  ...closingFields,
  ...wrapUpFields,
  ...fileFields,
];

const basics = (queues: Queue[], isNew: boolean): Field[] => [
  { name: "name", label: "Name", kind: "text", required: true, maxLength: 100 },
  {
    name: "queue_id",
    label: "Queue",
    kind: "select",
    required: true,
    options: options(queues),
    help: "Where conversations go unless a routing rule says otherwise.",
  },
  {
    name: "fallback_queue_id",
    label: "Fallback queue",
    kind: "select",
    required: !isNew,
    options: options(queues),
    help: "Where they go when the queue has no members.",
  },
  {
    name: "mode",
    label: "How agents get conversations",
    kind: "select",
    required: true,
    options: [
      { value: "push", label: "Offered to them one by one" },
      { value: "pick", label: "They take them from the list" },
    ],
  },
  {
    name: "style",
    label: "Style",
    kind: "select",
    required: true,
    options: [
      { value: "messaging", label: "Messaging: LINE, SMS, WhatsApp" },
      { value: "live", label: "Live chat: ends when somebody leaves" },
      { value: "persistent", label: "Persistent chat: goes on over weeks and devices" },
    ],
  },
  {
    name: "capacity_units",
    label: "Capacity of one conversation",
    kind: "number",
    min: 0,
    max: 1000,
    required: true,
    help: "Of an agent's capacity.",
  },
];

const offerFields: Field[] = [
  {
    name: "allowed_presences",
    label: "Who may be offered work",
    kind: "checks",
    group: offers,
    options: (["available", "busy", "do_not_disturb", "away"] as const).map((p) => ({ value: p, label: presences[p].label })),
  },
  seconds("offer_timeout", "An offer lasts", "Then the next person is asked.", offers, { min: 1, required: true }),
  seconds("reoffer_after", "Before the same person is asked again", "", offers, { required: true }),
  { name: "max_offers", label: "Offers to the same person", kind: "number", min: 1, max: 1000, required: true, group: offers },
  { name: "missed_inactive", label: "Who misses an offer becomes inactive", kind: "switch", group: offers },
  { name: "rejected_dnd", label: "Who declines an offer is not disturbed", kind: "switch", group: offers },
  { name: "same_agent", label: "Returning customers go back to their agent", kind: "switch", group: offers },
  seconds("same_agent_patience", "How long that agent is waited for", "", offers, { min: 1, when: (all) => all["same_agent"] === true }),
  {
    name: "consult_anyone",
    label: "Anybody may be consulted",
    kind: "switch",
    group: offers,
    help: "Otherwise only the conversation's own queue.",
  },
];

const byStyle = "Empty: as the style has it. 0: never.";

const closingFields: Field[] = [
  seconds("open_timeout", "Nobody took it for", byStyle, closing),
  seconds("active_timeout", "Nobody wrote for", byStyle, closing),
  seconds("waiting_timeout", "Parked without activity for", "Empty: 30 days. 0: never.", closing),
  seconds("window_notice", "Announce the end of the reply window before", "0: not at all.", closing, { required: true }),
  seconds("send_timeout", "An answer not sent after this has failed", "", closing, { min: 1, required: true }),
  seconds("away_timeout", "A visitor who is gone this long has left", "Empty: 180. 0: never.", live, {
    when: (all) => all["style"] === "live",
  }),
  seconds("reconnect_for", "A visitor may come back within", "0: not at all.", live, { when: (all) => all["style"] === "live" }),
];

const wrapUpFields: Field[] = [
  seconds("wrap_up_timeout", "Wrap-up ends after", byStyle, after),
  { name: "wrap_up_blocks", label: "Wrap-up keeps the agent's capacity", kind: "switch", group: after },
  seconds("wrap_up_block_for", "But not longer than", "0: as long as it lasts.", after, { when: (all) => all["wrap_up_blocks"] === true }),
  seconds("follow_up_after", "Offer a parked conversation to its agent again after", "0: never.", after, { required: true }),
];

const fileFields: Field[] = [
  { name: "customer_files", label: "Customers can send files", kind: "switch", group: files },
  { name: "agent_files", label: "Agents can send files", kind: "switch", group: files },
  { name: "max_file_bytes", label: "Largest file (bytes)", kind: "number", min: 1, group: files, help: "Empty: the installation's limit." },
  {
    name: "blocked_files",
    label: "Files that are not taken",
    kind: "lines",
    group: files,
    help: "Types and extensions, one a line: video/* or .exe",
  },
];
