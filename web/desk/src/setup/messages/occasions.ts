import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key, refresh } from "../lists";
import { ifMatch, versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type Automated = Schemas["AutomatedMessage"];
export type Trigger = Schemas["Trigger"];

/** Occasion is when something is said, and what is set for it: everywhere, and for single channels or workstreams. */
export interface Occasion {
  id: string;
  trigger: Trigger;
  set?: Automated;
  special: Automated[];
}

async function readOccasions(): Promise<Occasion[]> {
  const [triggers, set] = await Promise.all([
    answer(api.GET("/v1/automated-messages/triggers")),
    all((query) => answer(api.GET("/v1/automated-messages", { params: { query } }))),
  ]);
  return triggers.items.map((trigger) => {
    const mine = set.filter((m) => m.trigger === trigger.name);
    return { id: trigger.name, trigger, set: mine.find(isGeneral), special: mine.filter((m) => !isGeneral(m)) };
  });
}

const isGeneral = (m: Level): boolean => m.channel === "" && m.workstream_id === null;

export const useOccasions = () => useQuery({ queryKey: key("occasions"), staleTime: 0, queryFn: readOccasions });

/** Level is where a setting counts: on a channel ("": all) and in a workstream (null: all). */
export type Level = Pick<Automated, "channel" | "workstream_id">;

export const sameLevel = (a: Level, b: Level): boolean => a.channel === b.channel && a.workstream_id === b.workstream_id;

/** settingOf is what is set on a level itself. */
export const settingOf = (o: Occasion, level: Level): Automated | undefined =>
  isGeneral(level) ? o.set : o.special.find((m) => sameLevel(m, level));

export const isOn = (o: Occasion): boolean => o.set?.enabled ?? o.trigger.enabled;

/** titleOf is a trigger's name as people read it. */
export const titleOf = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1).replaceAll("_", " ");

/** textOf is what is said where nothing special is set. */
export const textOf = (o: Occasion): string =>
  o.set?.texts["en"] ?? o.trigger.texts["en"] ?? Object.values({ ...o.trigger.texts, ...o.set?.texts })[0] ?? "";

export const readSetting = (id: string): Promise<Versioned<Automated>> =>
  versioned(api.GET("/v1/automated-messages/{id}", { params: { path: { id } } }));

/** findSetting reads what somebody set on a level meanwhile, or null. */
export async function findSetting(trigger: string, level: Level): Promise<Versioned<Automated> | null> {
  const set = await all((query) => answer(api.GET("/v1/automated-messages", { params: { query } })));
  const found = set.find((m) => m.trigger === trigger && sameLevel(m, level));
  return found ? readSetting(found.id) : null;
}

/** saveSetting replaces what was seen; nothing seen means that nobody has set it yet. */
export async function saveSetting(body: Schemas["AutomatedMessageInput"], seen: string | null): Promise<Versioned<Automated>> {
  const headers = seen === null ? { "If-None-Match": "*" } : ifMatch(seen);
  const got = await versioned(api.PUT("/v1/automated-messages", { body, headers }));
  await refresh("occasions");
  return got;
}

export async function takeBack(id: string): Promise<void> {
  await answer(api.DELETE("/v1/automated-messages/{id}", { params: { path: { id } } }));
  await refresh("occasions");
}
