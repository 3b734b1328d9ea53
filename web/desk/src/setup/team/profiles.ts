import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { refresh } from "../lists";
import { ifMatch, versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type Profile = Schemas["CapacityProfile"];
export type AgentProfiles = Schemas["AgentCapacityProfiles"];
export type Held = Schemas["AgentCapacityProfilesInput"]["capacity_profiles"][number];
export type CustomPresence = Schemas["CustomPresence"];

const at = (id: string) => ({ params: { path: { id } } });

export const readProfile = (id: string): Promise<Versioned<Profile>> => versioned(api.GET("/v1/capacity-profiles/{id}", at(id)));
export const createProfile = (body: unknown): Promise<Profile> =>
  answer(api.POST("/v1/capacity-profiles", { body: body as Schemas["NewCapacityProfile"] }));
export const changeProfile = (id: string, body: unknown, headers: Record<string, string>): Promise<Versioned<Profile>> =>
  versioned(api.PATCH("/v1/capacity-profiles/{id}", { ...at(id), body: body as Schemas["CapacityProfileChange"], headers }));

export async function deleteProfile(id: string): Promise<void> {
  await answer(api.DELETE("/v1/capacity-profiles/{id}", at(id)));
  await refresh("capacity-profiles");
}

export const readAgentProfiles = (id: string): Promise<Versioned<AgentProfiles>> =>
  versioned(api.GET("/v1/agents/{id}/capacity-profiles", at(id)));
export const setAgentProfiles = (id: string, held: Held[], headers: Record<string, string>): Promise<Versioned<AgentProfiles>> =>
  versioned(api.PUT("/v1/agents/{id}/capacity-profiles", { ...at(id), body: { capacity_profiles: held }, headers }));

const heldOf = (got: AgentProfiles): Held[] => got.capacity_profiles.map(({ profile_id, custom_limit }) => ({ profile_id, custom_limit }));

/** giveProfile adds a profile to those that somebody has; who has it already keeps their own limit. */
export async function giveProfile(agent: string, profile: string): Promise<void> {
  const { value, etag } = await readAgentProfiles(agent);
  const held = heldOf(value);
  if (held.some((h) => h.profile_id === profile)) return;
  await setAgentProfiles(agent, [...held, { profile_id: profile, custom_limit: null }], ifMatch(etag));
}

/** takeProfile takes a profile from somebody. */
export async function takeProfile(agent: string, profile: string): Promise<void> {
  const { value, etag } = await readAgentProfiles(agent);
  const held = heldOf(value);
  const left = held.filter((h) => h.profile_id !== profile);
  if (left.length < held.length) await setAgentProfiles(agent, left, ifMatch(etag));
}

export const readPresence = (id: string): Promise<Versioned<CustomPresence>> => versioned(api.GET("/v1/presences/{id}", at(id)));
export const createPresence = (body: unknown): Promise<CustomPresence> =>
  answer(api.POST("/v1/presences", { body: body as Schemas["NewPresence"] }));
export const changePresence = (id: string, body: unknown, headers: Record<string, string>): Promise<Versioned<CustomPresence>> =>
  versioned(api.PATCH("/v1/presences/{id}", { ...at(id), body: body as Schemas["PresenceChange"], headers }));

export async function deletePresence(id: string): Promise<void> {
  await answer(api.DELETE("/v1/presences/{id}", at(id)));
  await refresh("presences");
}
