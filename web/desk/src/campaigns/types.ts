import type { components } from "../api/schema";

type Schemas = components["schemas"];
export type Campaign = Schemas["Campaign"];
export type NewCampaign = Schemas["NewCampaign"];
export type CampaignChange = Schemas["CampaignChange"];
export type Configuration = Schemas["OutboundConfiguration"];
export type Added = Schemas["RecipientsAdded"];
export type Course = Schemas["CampaignCourse"];
export type RecipientStatus = Schemas["Recipient"]["status"];

/** Steer is what is done with a campaign that exists. */
export type Steer =
  { do: "start"; at?: string } | { do: "pause" | "resume" | "cancel" } | { do: "rate"; rate: number | null } | { do: "move"; at: string };
