import { useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { key, refresh, type Account, type Address } from "../lists";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type TestResult = Schemas["TestResult"];
type Conversation = Schemas["Conversation"];

const at = (id: string) => ({ params: { path: { id } } });

export const readAccount = (id: string): Promise<Versioned<Account>> => versioned(api.GET("/v1/accounts/{id}", at(id)));

export const createAccount = (body: unknown): Promise<Account> => answer(api.POST("/v1/accounts", { body: body as Schemas["NewAccount"] }));

export const changeAccount = (id: string, body: unknown, headers: Record<string, string>): Promise<Versioned<Account>> =>
  versioned(api.PATCH("/v1/accounts/{id}", { ...at(id), body: body as Schemas["AccountChange"], headers }));

export async function deleteAccount(id: string): Promise<void> {
  await answer(api.DELETE("/v1/accounts/{id}", at(id)));
  await refresh("accounts");
}

/** testAccount asks the provider whether it takes the credentials; a paused account sends again after that. */
export async function testAccount(id: string): Promise<TestResult> {
  const result = await answer(api.POST("/v1/accounts/{id}/test", at(id)));
  void refresh("account", id);
  void refresh("accounts");
  void refresh("inbound", "health");
  return result;
}

export async function addAddress(account: string, body: unknown): Promise<Address> {
  const made = await answer(api.POST("/v1/accounts/{id}/addresses", { ...at(account), body: body as Schemas["NewAddress"] }));
  await refresh("addresses", account);
  return made;
}

export async function changeAddress(
  account: string,
  id: string,
  body: unknown,
  headers: Record<string, string>,
): Promise<Versioned<Address>> {
  const params = { path: { id: account, address_id: id } };
  const got = await versioned(
    api.PATCH("/v1/accounts/{id}/addresses/{address_id}", { params, body: body as Schemas["AddressChange"], headers }),
  );
  await refresh("addresses", account);
  return got;
}

export async function deleteAddress(account: string, id: string): Promise<void> {
  await answer(api.DELETE("/v1/accounts/{id}/addresses/{address_id}", { params: { path: { id: account, address_id: id } } }));
  await refresh("addresses", account);
}

/** Traffic is what arrived by the newest conversations, by account and by address. */
export interface Traffic {
  last: Record<string, string>; // when the customer last wrote
  open: Record<string, number>; // conversations that are not closed
}

/** trafficOf sums up conversations. */
export function trafficOf(conversations: Conversation[]): Traffic {
  const out: Traffic = { last: {}, open: {} };
  for (const c of conversations) {
    for (const id of [c.account.id, c.address.id]) {
      if (c.last_inbound_at && c.last_inbound_at > (out.last[id] ?? "")) out.last[id] = c.last_inbound_at;
      if (c.state !== "closed") out.open[id] = (out.open[id] ?? 0) + 1;
    }
  }
  return out;
}

/** useTraffic says what arrived lately; every message that comes in refreshes it. */
export const useTraffic = () =>
  useQuery({
    queryKey: key("inbound", "traffic"),
    staleTime: 0,
    queryFn: () => answer(api.GET("/v1/conversations", { params: { query: { view: "all", limit: 200 } } })),
    select: (page) => trafficOf(page.items),
  });
