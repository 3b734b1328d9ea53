import { useInfiniteQuery, useQuery } from "@tanstack/react-query";

import { answer, api } from "../../api/client";
import type { components } from "../../../../shared/schema";
import { all, key, refresh } from "../lists";
import { versioned, type Versioned } from "../versioned";

type Schemas = components["schemas"];
export type Webhook = Schemas["Webhook"];
export type ShownWebhook = Schemas["ShownWebhook"];
export type WebhookHealth = Schemas["WebhookHealth"];
export type Delivery = Schemas["WebhookDelivery"];
export type DeliveryStatus = Delivery["status"];

const at = (id: string) => ({ params: { path: { id } } });

export const useWebhooks = () =>
  useQuery({
    queryKey: key("webhooks"),
    staleTime: 0,
    queryFn: () => all((query) => answer(api.GET("/v1/webhooks", { params: { query } }))),
  });

const again = 10_000; // how often what is shown of deliveries is read again

export const useWebhookHealth = (id: string) =>
  useQuery({
    queryKey: key("webhook-health", id),
    staleTime: 0,
    refetchInterval: again,
    queryFn: () => answer(api.GET("/v1/webhooks/{id}/health", at(id))),
  });

export const readWebhook = (id: string): Promise<Versioned<Webhook>> => versioned(api.GET("/v1/webhooks/{id}", at(id)));

export async function createWebhook(body: unknown): Promise<ShownWebhook> {
  const made = await answer(api.POST("/v1/webhooks", { body: body as Schemas["NewWebhook"] }));
  await refresh("webhooks");
  return made;
}

export const changeWebhook = (id: string, body: unknown, headers: Record<string, string>): Promise<Versioned<Webhook>> =>
  versioned(api.PATCH("/v1/webhooks/{id}", { ...at(id), body: body as Schemas["WebhookChange"], headers }));

export async function deleteWebhook(id: string): Promise<void> {
  await answer(api.DELETE("/v1/webhooks/{id}", at(id)));
  await refresh("webhooks");
}

export const testWebhook = (id: string) => answer(api.POST("/v1/webhooks/{id}/test", at(id)));

export async function rotateSecret(id: string): Promise<ShownWebhook> {
  const got = await answer(api.POST("/v1/webhooks/{id}/rotate-secret", at(id)));
  await refresh("webhook", id);
  return got;
}

/** useDeliveries are a webhook's deliveries, the newest first; while one page is shown it follows what happens. */
export const useDeliveries = (id: string, status: DeliveryStatus | "") =>
  useInfiniteQuery({
    queryKey: key("deliveries", id, status),
    staleTime: 0,
    initialPageParam: "",
    queryFn: ({ pageParam }) =>
      answer(
        api.GET("/v1/webhooks/{id}/deliveries", {
          params: { path: { id }, query: { limit: 50, ...(status && { status }), ...(pageParam && { cursor: pageParam }) } },
        }),
      ),
    getNextPageParam: (last) => last.next,
    refetchInterval: (query) => (query.state.data?.pages.length === 1 ? again : false),
  });

async function readDeliveries(id: string): Promise<void> {
  await Promise.all([refresh("deliveries", id), refresh("webhook-health", id)]);
}

export async function retryDelivery(id: string, delivery: string): Promise<void> {
  const params = { path: { id, delivery_id: delivery } };
  await answer(api.POST("/v1/webhooks/{id}/deliveries/{delivery_id}/retry", { params }));
  await readDeliveries(id);
}

export async function retryFailed(id: string, since: Date) {
  const got = await answer(api.POST("/v1/webhooks/{id}/deliveries/retry-failed", { ...at(id), body: { since: since.toISOString() } }));
  await readDeliveries(id);
  return got;
}

export const kinds: { value: Webhook["kinds"][number]; label: string; help: string; group: string }[] = [
  {
    group: "Conversations",
    value: "conversation.updated",
    label: "Conversation changed",
    help: "It began, was accepted, transferred, ended, reopened or closed.",
  },
  {
    group: "Messages",
    value: "message.created",
    label: "New message",
    help: "Somebody wrote: the customer, an agent, or an automated message.",
  },
  {
    group: "Messages",
    value: "message.updated",
    label: "Message changed",
    help: "It was delivered, read, failed or taken back, or its files are there.",
  },
  { group: "Offers", value: "offer.made", label: "Offered to an agent", help: "An agent was asked to take a conversation." },
  { group: "Offers", value: "offer.withdrawn", label: "Offer over", help: "The agent accepted or declined, or time ran out." },
];

export const kindLabel = (kind: string): string => kinds.find((k) => k.value === kind)?.label ?? kind;

const codes: Record<string, string> = {
  gone: "HTTP 410: nobody wants these events any more",
  timeout: "No answer in time",
  forbidden_address: "The address is in a private network",
  no_connection: "Could not connect",
  stopped: "Interrupted; tried again at once",
  bad_address: "The address cannot be called",
  disabled: "Given up when the webhook was paused",
};

/** outcome says what a subscriber answered, or why there was no answer. */
export const outcome = (status: number | null | undefined, code: string | null | undefined): string =>
  (code && codes[code]) ?? (status ? `HTTP ${String(status)}` : code ? code : "");

export type Condition = "paused" | "gone" | "failing" | "late" | "working" | "unused";

/** conditionOf sums a webhook up. */
export function conditionOf(w: Pick<Webhook, "enabled" | "disabled_reason">, h: WebhookHealth): Condition {
  if (!w.enabled) return w.disabled_reason === "gone" ? "gone" : "paused";
  if (h.pending > 0 && h.attempts > 0 && h.last_error !== null) return "failing";
  if (h.failed > 0 && (h.delivered_at ?? "") < (h.failed_at ?? "")) return "failing";
  if (h.failed > 0) return "late";
  return h.delivered_at ? "working" : "unused";
}

const times = (n: number, one: string, many: string): string => `${n >= 10_000 ? "10,000 or more" : String(n)} ${n === 1 ? one : many}`;

/** waitingText and failedText count what is not delivered. */
export const waitingText = (n: number): string => times(n, "event waits", "events wait");
export const failedText = (n: number): string => times(n, "delivery failed", "deliveries failed");
