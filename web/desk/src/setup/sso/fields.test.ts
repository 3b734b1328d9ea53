import { expect, test } from "vitest";

import { bodyOf, formOf, newProvider, rolesWith, ruleOf } from "./fields";

const lead = { id: "6c84fb90-12c4-11e1-840d-7b25c5ee775a", name: "Team lead", permissions: [], people: 0, created_at: "", updated_at: "" };
const roles = rolesWith([lead]);

test("groups give roles by their name, built in or not", () => {
  expect(ruleOf("support-leads: team LEAD", roles)).toBeUndefined();
  expect(ruleOf("cn=leads,ou=a:b : Supervisor", roles)).toBeUndefined();
  expect(ruleOf("support-leads: King", roles)).toContain("Agent, Supervisor, Administrator, Team lead");
  expect(ruleOf(": Agent", roles)).toBeDefined();
  const body = bodyOf({ rules: ["support-leads: Team lead", "it: administrator", " "] }, roles);
  expect(body).toEqual({ roles: { "support-leads": lead.id, it: "administrator" } });
});

test("the form shows names where the provider has ids", () => {
  const provider = { ...newProvider, roles: { "support-leads": lead.id, it: "administrator" } } as unknown as Parameters<typeof formOf>[0];
  expect(formOf(provider, roles)["rules"]).toEqual(["support-leads: Team lead", "it: Administrator"]);
});
