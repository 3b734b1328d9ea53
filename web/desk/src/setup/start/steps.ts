import type { Account, Hours, Queue, Widget, Workstream } from "../lists";
import { hasPage } from "../channels/providers";

/** Known is what Setup has read of an installation. */
export interface Known {
  accounts: Account[];
  widgets: Widget[];
  queues: Queue[];
  workstreams: Workstream[];
  hours: Hours[];
  greets: boolean; // an automated message greets or informs customers
  received: boolean; // a conversation exists
  addresses: number;
}

export interface StepOf {
  id: string;
  title: string;
  why: string;
  to:
    "/setup/queues" | "/setup/people" | "/setup/workstreams" | "/setup/channels" | "/setup/hours" | "/setup/messages" | "/setup/chat" | "/";
  action: string;
  done: boolean;
  optional?: boolean;
}

/** stepsOf are the steps to the first message, and which are done. */
export const stepsOf = (k: Known): StepOf[] => [...teamSteps(k), ...channelSteps(k), ...comfortSteps(k), firstMessage(k)];

const teamSteps = (k: Known): StepOf[] => [
  {
    id: "team",
    title: "Put people in a queue",
    why: "A queue is the team that answers. Conversations are offered to its members.",
    to: "/setup/queues",
    action: "Queues",
    done: k.queues.some((q) => q.members > 0),
  },
  {
    id: "workstream",
    title: "Decide how conversations get there",
    why: "A workstream leads from a channel to a queue, with the rules for offers and closing.",
    to: "/setup/workstreams",
    action: "Workstreams",
    done: k.workstreams.length > 0,
  },
];

function channelSteps(k: Known): StepOf[] {
  const channels = k.accounts.filter((a) => hasPage(a.provider));
  const numbers = channels.some((a) => a.provider !== "line");
  return [
    {
      id: "account",
      title: "Connect a channel, or the chat on your site",
      why: "LINE, SMS, WhatsApp or a chat button on your own pages.",
      to: "/setup/channels",
      action: "Channels",
      done: channels.length > 0 || k.widgets.length > 0,
    },
    {
      id: "address",
      title: "List your numbers",
      why: "Gives each number a name, a language and a workstream. Numbers that are not listed work too.",
      to: "/setup/channels",
      action: "Channels",
      done: !numbers || k.addresses > 0,
      optional: true,
    },
  ];
}

const comfortSteps = (k: Known): StepOf[] => [
  {
    id: "hours",
    title: "Set operating hours",
    why: "Outside them customers are told when you are back. Without hours you are always open.",
    to: "/setup/hours",
    action: "Operating hours",
    done: k.hours.length > 0,
    optional: true,
  },
  {
    id: "greeting",
    title: "Greet your customers",
    why: "Switch on what customers are told automatically, for example who has joined.",
    to: "/setup/messages",
    action: "Automated messages",
    done: k.greets,
    optional: true,
  },
];

const firstMessage = (k: Known): StepOf => ({
  id: "message",
  title: "Receive the first message",
  why: "Write to your channel from a phone, or open the chat on your site. It appears in the inbox.",
  to: "/",
  action: "Inbox",
  done: k.received,
});

/** missing are the steps without which no message is answered. */
export const missing = (steps: StepOf[]): StepOf[] => steps.filter((s) => !s.done && !s.optional);
