import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key } from "../lists";
import type { TestResult } from "./accounts";

type Schemas = components["schemas"];
export type AccountHealth = Schemas["AccountHealth"];
export type WebhookAt = NonNullable<TestResult["webhooks"]>[number];

// Both are read again with every message that comes in, see useTraffic.
const list = key("inbound", "health");

/** useAccountsHealth says how all accounts do, by their id. */
export const useAccountsHealth = () =>
  useQuery({
    queryKey: list,
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/account-health", { params: { query } }))),
    select: (items) => new Map(items.map((h) => [h.account_id, h])),
  });

/** useAccountHealth says how one does. */
export const useAccountHealth = (id: string) =>
  useQuery({
    queryKey: [...list, id],
    staleTime: 0,
    queryFn: () => answer(api.GET("/v1/accounts/{id}/health", { params: { path: { id } } })),
  });

export type Condition = "paused" | "failing" | "uncertain" | "working" | "ready";

const fewest = 3; // failures that say more than an accident

/** conditionOf sums up how an account does. */
export function conditionOf(h: AccountHealth): Condition {
  if (h.paused_code) return "paused";
  if (h.failed >= fewest && h.failed * 2 >= h.outbound) return "failing";
  if (h.failed > 0) return "uncertain";
  return h.last_inbound_at || h.last_outbound_at ? "working" : "ready";
}

/** failedText says how many messages failed lately. */
export const failedText = (h: AccountHealth): string => `${h.failed} of ${h.outbound} ${h.outbound === 1 ? "message" : "messages"} failed`;

// What LINE and Twilio answer when they no longer take the credentials.
const refused = ["http_401", "http_403", "20003"];

/** pausedText says why an account does not send. */
export const pausedText = (code: string): string =>
  refused.includes(code) ? `the provider refuses the credentials (${code})` : `the provider answered “${code}”`;

const counted = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;

/** usesOf says what uses an account, for whoever is about to delete it. */
export function usesOf(h: AccountHealth): string[] {
  const uses: string[] = [];
  const add = (n: number, one: string, many: string, then: string) => {
    if (n > 0) uses.push(`${counted(n, one, many)}${then}`);
  };
  add(h.open_conversations, "open conversation uses it", "open conversations use it", ". They stay readable, but answers are refused.");
  add(h.campaigns, "campaign sends through it", "campaigns send through it", ". What is left of them is not sent.");
  add(h.outbound_configurations, "sender and template uses", "senders and templates use", " its numbers.");
  add(h.addresses, "address goes", "addresses go", " with it.");
  return uses;
}

/** webhookText says where a provider sends what comes in, and whether that is here. */
export function webhookText(name: string, w: WebhookAt): string {
  const who = w.sender ? `${w.sender} at ${name}` : name;
  if (!w.url) return `${who} has no webhook address yet. Paste the one below.`;
  if (!w.matches) return `${who} calls another address: ${w.url}. Replace it with the one below.`;
  if (!w.active) return `${who} has the right webhook address, but does not use it. Switch it on there, with the method POST.`;
  return `${who} calls this installation.`;
}

/** reached reports whether a webhook address is ours and in use. */
export const reached = (w: WebhookAt): boolean => w.matches && w.active;
