/** Kind is what values an attribute has. */
export type Kind = "text" | "number" | "flag";

/** Attribute is something that a condition can ask about. */
export interface Attribute {
  path: string; // as expressions write it: contact.language, context["order number"]
  label: string;
  kind: Kind;
  group: string;
  values?: { value: string; label: string }[]; // those that are known
  closed?: boolean; // there are no others
}

const named = (names: Record<string, string>) => Object.entries(names).map(([value, label]) => ({ value, label }));

const channels = named({
  webchat: "Web chat",
  line: "LINE",
  sms: "SMS",
  whatsapp: "WhatsApp",
  messenger: "Messenger",
  instagram: "Instagram",
  wechat: "WeChat",
  x: "X",
  apple: "Apple Messages",
  google: "Google",
});
const weekdays = named({
  monday: "Monday",
  tuesday: "Tuesday",
  wednesday: "Wednesday",
  thursday: "Thursday",
  friday: "Friday",
  saturday: "Saturday",
  sunday: "Sunday",
});
const types = named({
  text: "Text",
  image: "Image",
  video: "Video",
  audio: "Audio",
  file: "File",
  location: "Location",
  sticker: "Sticker",
});
const languageNames = new Intl.DisplayNames(["en"], { type: "language" });
const languages = "ar bg bn cs da de el en es et fi fr he hi hr hu id it ja ko lt lv ms nb nl pl pt ro ru sk sl sr sv th tr uk vi zh"
  .split(" ")
  .map((code) => ({ value: code, label: `${languageNames.of(code) ?? code} (${code})` }));

const text = (group: string, path: string, label: string, more: Partial<Attribute> = {}): Attribute => ({
  path,
  label,
  kind: "text",
  group,
  ...more,
});

const customer = "Customer";
const channel = "Channel";
const time = "Time";

const fixed: Attribute[] = [
  text(customer, "contact.language", "Language", { values: languages }),
  { path: "contact.known", label: "Customer is known", kind: "flag", group: customer },
  text(customer, "contact.name", "Customer name"),
  text(customer, "contact.email_domain", "Domain of the e-mail address"),
  text(customer, "contact.phone", "Customer phone"),
  text(customer, "contact.external_id", "Customer number"),
  text("Message", "message.text", "Message"),
  text("Message", "message.type", "Message type", { values: types }),
  text("Message", "channel.first_message", "First message"),
  text(channel, "channel.kind", "Channel", { values: channels }),
  text(channel, "channel.account", "Account"),
  text(channel, "channel.address", "Our number or address"),
  text(channel, "channel.locale", "Locale of the channel"),
  text(channel, "channel.country", "Country"),
  text(channel, "channel.city", "City"),
  text(channel, "channel.entry_point", "Entry point"),
  text(channel, "channel.intent_id", "Intent"),
  text(channel, "channel.group_id", "Group"),
  text(time, "time.weekday", "Weekday", { values: weekdays, closed: true }),
  { path: "time.hour", label: "Hour", kind: "number", group: time },
  { path: "priority", label: "Priority", kind: "number", group: "Set before" },
  text("Set before", "capacity_profile", "Capacity profile"),
];

/** pathOf is how expressions write a named part: context.tier, skills["dutch ü"]. */
export const pathOf = (group: string, name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && group === "context" ? `${group}.${name}` : `${group}[${JSON.stringify(name)}]`;

export interface Known {
  variables: { name: string; type: "text" | "number" }[];
  skills: { name: string }[];
  profiles: { name: string }[];
  accounts: { name: string }[];
}

const choices = (names: { name: string }[]) => names.map(({ name }) => ({ value: name, label: name }));

/** attributesOf are all that conditions of a workstream can ask about. */
export function attributesOf(known: Known): Attribute[] {
  const values: Record<string, Attribute["values"]> = {
    "channel.account": choices(known.accounts),
    capacity_profile: choices(known.profiles),
  };
  return [
    ...fixed.map((a) => ({ ...a, values: values[a.path] ?? a.values })),
    ...known.variables.map(({ name, type }): Attribute => ({ path: pathOf("context", name), label: name, kind: type, group: "Context" })),
    ...known.skills.map(({ name }): Attribute => ({
      path: pathOf("skills", name),
      label: `Skill ${name} asked for`,
      kind: "number",
      group: "Set before",
    })),
  ];
}
