import type { components } from "../../../shared/schema";

type Schemas = components["schemas"];

export type Conversation = Schemas["Conversation"];
export type Message = Schemas["Message"];
export type Attachment = Schemas["Attachment"];
export type Note = Schemas["Note"];
export type OutboundMessage = Schemas["OutboundMessage"];
export type Me = Schemas["Me"];
export type Agent = Schemas["Agent"];
export type Presence = Schemas["Presence"];
export type Contact = Schemas["Contact"];
export type ContactDetail = Schemas["ContactDetail"];
export type Template = Schemas["Template"];
export type QuickReply = Schemas["QuickReply"];
export type SendLimits = Schemas["SendLimits"];
export type NewMessage = Schemas["NewMessage"];
export type QuickButton = NonNullable<NewMessage["buttons"]>[number];
export type ProblemDocument = Schemas["Problem"];
export type FieldError = NonNullable<ProblemDocument["errors"]>[number];
