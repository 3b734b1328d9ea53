import type { Workstream } from "../lists";

/** styleNames are what people call a workstream's style. */
export const styleNames: Record<Workstream["style"], string> = { messaging: "Messaging", live: "Live chat", persistent: "Persistent chat" };
