import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { refresh, type Agent, type Queue, type Skill } from "../lists";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];

const at = (id: string) => ({ params: { path: { id } } });

export const readAgent = (id: string): Promise<Versioned<Agent>> => versioned(api.GET("/v1/agents/{id}", at(id)));
export const createAgent = (body: unknown): Promise<Agent> => answer(api.POST("/v1/agents", { body: body as Schemas["NewAgent"] }));
export const changeAgent = (id: string, body: unknown, headers: Record<string, string> = {}): Promise<Versioned<Agent>> =>
  versioned(api.PATCH("/v1/agents/{id}", { ...at(id), body: body as Schemas["AgentChange"], headers }));

export const readAgentSkills = (id: string): Promise<Versioned<Schemas["AgentSkills"]>> =>
  versioned(api.GET("/v1/agents/{id}/skills", at(id)));
export const setAgentSkills = (
  id: string,
  skills: Schemas["AgentSkillsInput"]["skills"],
  headers: Record<string, string>,
): Promise<Versioned<Schemas["AgentSkills"]>> => versioned(api.PUT("/v1/agents/{id}/skills", { ...at(id), body: { skills }, headers }));

export const readQueue = (id: string): Promise<Versioned<Queue>> => versioned(api.GET("/v1/queues/{id}", at(id)));
export const createQueue = (body: unknown): Promise<Queue> => answer(api.POST("/v1/queues", { body: body as Schemas["NewQueue"] }));
export const changeQueue = (id: string, body: unknown, headers: Record<string, string>): Promise<Versioned<Queue>> =>
  versioned(api.PATCH("/v1/queues/{id}", { ...at(id), body: body as Schemas["QueueChange"], headers }));

export async function deleteQueue(id: string): Promise<void> {
  await answer(api.DELETE("/v1/queues/{id}", at(id)));
  await refresh("queues");
}

const membership = (queue: string, agent: string) => ({ params: { path: { id: queue, agent_id: agent } } });
export const addMember = (queue: string, agent: string): Promise<unknown> =>
  answer(api.PUT("/v1/queues/{id}/members/{agent_id}", membership(queue, agent)));
export const removeMember = (queue: string, agent: string): Promise<unknown> =>
  answer(api.DELETE("/v1/queues/{id}/members/{agent_id}", membership(queue, agent)));

export const createSkill = (body: unknown): Promise<Skill> => answer(api.POST("/v1/skills", { body: body as Schemas["NewSkill"] }));
export async function deleteSkill(id: string): Promise<void> {
  await answer(api.DELETE("/v1/skills/{id}", at(id)));
  await refresh("skills");
}

export const roles = [
  { value: "agent", label: "Agent" },
  { value: "supervisor", label: "Supervisor" },
  { value: "administrator", label: "Administrator" },
];
export const roleName = (role: string): string => roles.find((r) => r.value === role)?.label ?? role;
