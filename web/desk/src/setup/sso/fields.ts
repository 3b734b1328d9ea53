import type { Role } from "../access/calls";
import type { Field, Option, Values } from "../form/fields";
import { roles as builtIn } from "../team/calls";
import type { IdentityProvider } from "./calls";

/** rolesWith are all roles as choices: a built-in one by its name, another by its id. */
export const rolesWith = (own: Role[]): Option[] => [...builtIn, ...own.map((r) => ({ value: r.id, label: r.name }))];

const roleCalled = (name: string, roles: Option[]): Option | undefined =>
  roles.find((r) => r.label.toLowerCase() === name.trim().toLowerCase());

const who = "Who may sign in";
const what = "What they may do";

/** addressOf says what is wrong with an issuer's address. */
const addressOf = (value: string): string | undefined =>
  /^https?:\/\/[^\s/?#]+[^\s?#]*$/.test(value) ? undefined : "Enter the address as the provider shows it: https://login.example.com";

/** ruleOf says what is wrong with a line that maps a group to a role. */
export function ruleOf(line: string, roles: Option[]): string | undefined {
  if (line.trim() === "") return undefined;
  const [group, role] = pairOf(line);
  if (group !== "" && roleCalled(role, roles)) return undefined;
  return `Enter one per line, such as “support-leads: Supervisor”. Roles: ${roles.map((r) => r.label).join(", ")}.`;
}

/** providerFields are an identity provider's. */
export const providerFields = (isNew: boolean, roles: Option[]): Field[] => [
  {
    name: "name",
    label: "Name",
    kind: "text",
    required: true,
    maxLength: 100,
    placeholder: "Company account",
    help: "As the button on the sign-in page says it.",
  },
  {
    name: "issuer",
    label: "Issuer",
    kind: "text",
    required: true,
    maxLength: 500,
    placeholder: "https://login.example.com",
    help: "Entra: https://login.microsoftonline.com/TENANT/v2.0. Google: https://accounts.google.com. Okta, Keycloak: as shown there.",
    check: addressOf,
  },
  { name: "client_id", label: "Client ID", kind: "text", required: true, maxLength: 500 },
  {
    name: "client_secret",
    label: "Client secret",
    kind: "secret",
    maxLength: 2000,
    help: isNew ? "It is stored encrypted and never shown again." : "Empty: it stays. It must be entered again when the issuer changes.",
  },
  {
    name: "create_people",
    label: "Add people when they first sign in",
    kind: "switch",
    group: who,
    help: "Otherwise add them under People first, with the same e-mail address.",
  },
  {
    name: "link_by_email",
    label: "Recognise people by their e-mail address",
    kind: "switch",
    group: who,
    help: "Who was added before keeps their account. Only addresses that the provider has verified count.",
  },
  {
    name: "trust_email",
    label: "Believe addresses that are not marked as verified",
    kind: "switch",
    group: who,
    help: "Microsoft Entra does not mark them. Only where people cannot choose their own address.",
    when: (all) => all["link_by_email"] === true,
  },
  {
    name: "default_role",
    label: "Role",
    kind: "select",
    group: what,
    none: "None: only people in the groups below",
    options: roles,
  },
  {
    name: "role_claim",
    label: "Claim with groups",
    kind: "text",
    group: what,
    maxLength: 200,
    placeholder: "groups",
    help: "Roles then follow the provider at every sign-in. Within an object: realm_access.roles.",
  },
  {
    name: "rules",
    label: "Roles by group",
    kind: "lines",
    group: what,
    placeholder: "support-leads: Supervisor",
    help: "One per line, with the name of any role. Somebody in several groups gets the role with the most permissions.",
    check: (line) => ruleOf(line, roles),
    when: (all) => all["role_claim"] !== "",
  },
  {
    name: "scopes",
    label: "Scopes",
    kind: "lines",
    group: what,
    help: "Besides openid, one a line. Some providers send groups only when asked for them.",
  },
  { name: "enabled", label: "Offer it on the sign-in page", kind: "switch" },
];

/** newProvider are the values that a new one begins with. */
export const newProvider: Values = {
  name: "",
  issuer: "",
  client_id: "",
  client_secret: "",
  create_people: true,
  link_by_email: true,
  trust_email: false,
  default_role: "agent",
  role_claim: "",
  rules: [],
  scopes: ["profile", "email"],
  enabled: true,
};

/** formOf is a provider as the form has it: rules as lines, the secret never. */
export const formOf = (p: IdentityProvider, roles: Option[]): Values => ({
  ...newProvider,
  ...p,
  client_secret: "",
  rules: Object.entries(p.roles).map(([value, role]) => `${value}: ${roles.find((r) => r.value === role)?.label ?? role}`),
  roles: null,
});

/** bodyOf is what the API takes of what was changed in the form. */
export function bodyOf(changes: Values, roles: Option[]): Record<string, unknown> {
  const { rules, client_secret: secret, ...body } = changes as Record<string, unknown>;
  if (secret) body["client_secret"] = secret;
  if (Array.isArray(rules)) {
    const pairs = (rules as string[]).filter((line) => line.trim() !== "").map(pairOf);
    body["roles"] = Object.fromEntries(pairs.map(([group, role]) => [group, roleCalled(role, roles)?.value ?? role]));
  }
  if (Array.isArray(body["scopes"])) body["scopes"] = (body["scopes"] as string[]).filter((s) => s.trim() !== "");
  return body;
}

function pairOf(line: string): [string, string] {
  const at = line.lastIndexOf(":");
  return [line.slice(0, at).trim(), line.slice(at + 1).trim()];
}
