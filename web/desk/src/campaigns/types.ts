import type { components } from "../../../shared/schema";

type Schemas = components["schemas"];
export type Campaign = Schemas["Campaign"];
export type NewCampaign = Schemas["NewCampaign"];
export type CampaignChange = Schemas["CampaignChange"];
export type Configuration = Schemas["OutboundConfiguration"];
export type RecipientsAdded = Schemas["RecipientsAdded"];
export type Timeline = Schemas["SendTimeline"];
export type Recipient = Schemas["Recipient"];
export type RecipientStatus = Recipient["status"];

/** CampaignAction is an action on an existing campaign. */
export type CampaignAction =
  { do: "start"; at?: string } | { do: "pause" | "resume" | "cancel" } | { do: "rate"; rate: number | null } | { do: "move"; at: string };
