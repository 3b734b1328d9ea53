import type { Field } from "../form/fields";
import { options, type Hours, type Workstream } from "../lists";
import { styleNames } from "../work/styles";
import { newWorkstream } from "./calls";

const site = (value: string): string | undefined =>
  value === "*" || /^https?:\/\/(\*\.)?[^\s/*]+(:\d+)?$/.test(value)
    ? undefined
    : `“${value}” is not a site. Write https://shop.example.com, https://*.example.com, or * for every site.`;

const hex = (value: string): string | undefined => (/^#[0-9a-f]{6}$/i.test(value) ? undefined : "Write a colour as #0b5fff.");

/** chatWorkstreams are the workstreams that a chat can lead to. */
export const chatWorkstreams = (all: Workstream[]): Workstream[] => all.filter((w) => w.style !== "messaging");

const named = (list: Workstream[]) => list.map((w) => ({ value: w.id, label: `${w.name} (${styleNames[w.style].toLowerCase()})` }));

/** siteFields are what a chat needs at least. */
export const siteFields = (workstreams: Workstream[], isNew: boolean): Field[] => [
  { name: "name", label: "Name", kind: "text", required: true, maxLength: 100, help: "How your team calls it, such as Shop." },
  {
    name: "origins",
    label: "Sites",
    kind: "lines",
    required: true,
    check: site,
    placeholder: "https://shop.example.com",
    help: "Where the chat may be shown, one a line: https://shop.example.com, or https://*.example.com.",
  },
  {
    name: "workstream_id",
    label: "Workstream",
    kind: "select",
    required: true,
    options: [
      ...named(chatWorkstreams(workstreams)),
      ...(isNew
        ? [
            { value: newWorkstream("live"), label: "A new one: live chat" },
            { value: newWorkstream("persistent"), label: "A new one: persistent chat" },
          ]
        : []),
    ],
    help: "Live: a chat ends when somebody leaves, and needs somebody at work. Persistent: it goes on over weeks, and is answered later.",
  },
  {
    name: "anonymous_threads",
    label: "Visitors need not sign in",
    kind: "switch",
    when: (all) => isPersistent(String(all["workstream_id"]), workstreams),
    help: "Their thread stays with their browser. Otherwise your site must sign visitors in, with a key that is set below.",
  },
];

const isPersistent = (id: string, workstreams: Workstream[]): boolean =>
  id === newWorkstream("persistent") || workstreams.some((w) => w.id === id && w.style === "persistent");

const look = "Look";
const away = "When nobody is there";

/** lookFields are how the chat looks, which the preview shows. */
export const lookFields: Field[] = [
  { name: "appearance.title", label: "Title", kind: "text", group: look, maxLength: 100, placeholder: "Chat with us" },
  { name: "appearance.subtitle", label: "Subtitle", kind: "text", group: look, maxLength: 200, placeholder: "We answer within minutes" },
  { name: "appearance.color", label: "Colour", kind: "color", group: look, check: hex },
  { name: "appearance.text_color", label: "Colour of text on it", kind: "color", group: look, check: hex },
  {
    name: "appearance.logo_url",
    label: "Logo",
    kind: "text",
    group: look,
    placeholder: "https://…",
    check: (v) => (/^https:\/\/\S+$/.test(v) ? undefined : "The address of a picture begins with https://."),
  },
  {
    name: "appearance.position",
    label: "Position",
    kind: "select",
    group: look,
    options: [
      { value: "right", label: "Right" },
      { value: "left", label: "Left" },
    ],
  },
  { name: "appearance.offline_title", label: "Title outside hours", kind: "text", group: away, maxLength: 100 },
  { name: "appearance.offline_subtitle", label: "Subtitle outside hours", kind: "text", group: away, maxLength: 200 },
  { name: "appearance.hide_offline", label: "Hide the button outside hours", kind: "switch", group: away },
];

/** moreFields are the rest of a chat's settings. */
export const moreFields = (hours: Hours[]): Field[] => [
  { name: "operating_hours_id", label: "Operating hours", kind: "select", none: "Always open", options: options(hours), group: away },
  {
    name: "language",
    label: "Language of automated messages",
    kind: "text",
    group: "Language and files",
    help: "Where the visitor's is not known: en, nl, fi, et, …",
  },
  { name: "transcript", label: "Visitors can download the transcript", kind: "switch", group: "Language and files" },
  { name: "sound", label: "A sound for new messages", kind: "switch", group: "Language and files" },
  {
    name: "authentication",
    label: "Signing in",
    kind: "select",
    group: "Signing in",
    options: [
      { value: "none", label: "Nobody signs in" },
      { value: "optional", label: "Visitors may be signed in by your site" },
      { value: "required", label: "Only visitors whom your site signed in" },
    ],
  },
  {
    name: "public_key",
    label: "Public key of your site",
    kind: "multiline",
    group: "Signing in",
    help: "PEM. Your server signs a token for each visitor with the private key.",
    when: (all) => all["authentication"] !== "none",
  },
  { name: "key_url", label: "Or an address with keys", kind: "text", group: "Signing in", when: (all) => all["authentication"] !== "none" },
  { name: "issuer", label: "Issuer", kind: "text", group: "Signing in", maxLength: 500, when: (all) => all["authentication"] !== "none" },
  {
    name: "audience",
    label: "Audience",
    kind: "text",
    group: "Signing in",
    maxLength: 500,
    when: (all) => all["authentication"] !== "none",
  },
];
