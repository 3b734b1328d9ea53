import type { Provider } from "../lists";
import type { Field } from "../form/fields";

// What an administrator sees at the providers themselves, which the API does not tell.

export interface Pasting {
  where: string; // at the provider
  url?: (url: string) => string; // what is pasted, if not the address as it is
}

export interface ProviderGuide {
  name: string;
  about: string;
  console: { label: string; href: string };
  find: string; // where the credentials are
  checks: Record<string, Field["check"]>;
  paste: Pasting[];
  then: string[]; // what else is switched at the provider
  channels: string[]; // that have addresses of their own; none: the account is one address
  firstMessage: string; // how one sends it
}

const pattern = (form: RegExp, says: string) => (value: string) => (form.test(value) ? undefined : says);

const retrying = (url: string) => `${url}#rc=3&rp=ct,rt,5xx`;

const line: ProviderGuide = {
  name: "LINE",
  about: "A LINE Official Account with the Messaging API.",
  console: { label: "LINE Developers console", href: "https://developers.line.biz/console/" },
  find:
    "Open your channel in the LINE Developers console. The channel ID and secret are under Basic settings; " +
    "issue a long-lived access token under Messaging API.",
  checks: {
    "settings.channel_id": pattern(/^\d{10}$/, "A channel ID has 10 digits."),
    "settings.bot_user_id": pattern(/^U[0-9a-f]{32}$/, "A bot user ID is U and 32 digits or letters a to f."),
  },
  paste: [{ where: "In the console under Messaging API, at Webhook URL. Press Verify." }],
  then: [
    "Switch “Use webhook” on.",
    "Switch “Webhook redelivery” on, so that LINE sends again what could not be taken.",
    "Under LINE Official Account features, switch “Auto-reply messages” and “Greeting messages” off.",
  ],
  channels: [],
  firstMessage: "Add the account as a friend on your phone and write to it.",
};

const twilio: ProviderGuide = {
  name: "Twilio",
  about: "SMS numbers and WhatsApp senders.",
  console: { label: "Twilio console", href: "https://console.twilio.com" },
  find: "The Account SID and the auth token are on the first page of the Twilio console.",
  checks: {
    "settings.account_sid": pattern(/^AC[0-9a-f]{32}$/i, "An Account SID is AC and 32 digits or letters a to f."),
    "settings.api_key_sid": pattern(/^SK[0-9a-f]{32}$/i, "An API key SID is SK and 32 digits or letters a to f."),
  },
  paste: [
    { where: "For SMS: Phone Numbers, your number, Messaging, “A message comes in”, method POST.", url: retrying },
    {
      where: "For WhatsApp: Messaging, Senders, WhatsApp senders, your sender, “Webhook URL for incoming messages”, method POST.",
      url: retrying,
    },
  ],
  then: ["Leave status callbacks empty: each message names its own."],
  channels: ["sms", "whatsapp"],
  firstMessage: "Write to your number or sender from a phone.",
};

// subscribing is what every app at Meta wants.
const subscribing = (object: string, where: string): Pasting => ({
  where: `${where}, at Callback URL, with your verify token beside it (object ${object}). Press Verify and save.`,
});

const digits = (says: string) => pattern(/^\d{5,32}$/, says);
const graphVersion = pattern(/^v[1-9]\d{0,2}\.\d$/, "A version is written as v25.0.");
const word = (value: string) => (value.length >= 8 ? undefined : "Use 8 characters or more.");

const messenger: ProviderGuide = {
  name: "Messenger",
  about: "A Facebook page, with messages from Messenger.",
  console: { label: "Meta App Dashboard", href: "https://developers.facebook.com/apps/" },
  find:
    "Open your app in the Meta App Dashboard. The app ID and secret are under App settings, Basic; " +
    "add the page and generate its access token under Messenger, Messenger API settings. Make up a verify token.",
  checks: {
    "settings.page_id": digits("A page ID is a number."),
    "settings.app_id": digits("An app ID is a number."),
    "settings.graph_version": graphVersion,
    "secrets.verify_token": word,
  },
  paste: [subscribing("page", "In the dashboard under Messenger, Messenger API settings, Configure webhooks")],
  then: [
    "Subscribe the page to messages, messaging_postbacks, message_deliveries, message_reads, message_echoes, message_reactions and message_edits.",
    "Ask for the permission pages_messaging, and for the Human Agent feature if agents answer later than a day.",
    "Several pages of one app: connect each here. The app keeps the callback URL of the first; it serves them all.",
  ],
  channels: [],
  firstMessage: "Write to the page in Messenger. While the app is in development, only people with a role in it are heard.",
};

const instagram: ProviderGuide = {
  name: "Instagram",
  about: "Messages to an Instagram professional account.",
  console: { label: "Meta App Dashboard", href: "https://developers.facebook.com/apps/" },
  find:
    "Open your app in the Meta App Dashboard and go to Instagram, API setup with Instagram login. Add the account and generate its access " +
    "token; the Instagram account ID stands beside it. The Instagram app secret is on the same page. Make up a verify token.",
  checks: {
    "settings.ig_id": digits("An Instagram account ID is a number."),
    "settings.page_id": (value) => (value === "" ? undefined : digits("A page ID is a number.")(value)),
    "settings.graph_version": graphVersion,
    "secrets.verify_token": word,
  },
  paste: [subscribing("instagram", "In the dashboard under Instagram, API setup, Configure webhooks")],
  then: [
    "Subscribe to messages, messaging_postbacks, messaging_seen and message_reactions, and switch webhook subscription on beside the account.",
    "In the Instagram app under Settings, Messages, Message controls, allow access to messages for connected tools.",
    "Ask for the permission instagram_business_manage_messages, and for the Human Agent feature if agents answer later than a day.",
    "Access tokens end after 60 days: generate a new one before, and enter it here.",
  ],
  channels: [],
  firstMessage: "Write to the account in Instagram. While the app is in development, only people with a role in it are heard.",
};

const wechat: ProviderGuide = {
  name: "WeChat",
  about: "A verified WeChat service account.",
  console: { label: "WeChat Official Accounts Platform", href: "https://mp.weixin.qq.com" },
  find:
    "Open Settings and development, Basic configuration. The AppID and AppSecret are there; add this server’s public IP address to the " +
    "IP whitelist. Make up a token, and let WeChat generate the EncodingAESKey under Server configuration.",
  checks: {
    "settings.app_id": pattern(/^wx[0-9a-f]{16}$/, "An AppID is wx and 16 digits or letters a to f."),
    "secrets.token": pattern(/^[0-9A-Za-z]{3,32}$/, "A token is 3 to 32 letters or digits."),
    "secrets.encoding_aes_key": pattern(/^([0-9A-Za-z+/]{43})?$/, "An EncodingAESKey has 43 letters or digits."),
  },
  paste: [
    {
      where:
        "In Basic configuration under Server configuration, at URL, with the same token and EncodingAESKey. " +
        "Choose security mode if you entered a key here, plain mode if not. Press Submit.",
    },
  ],
  then: [
    "Press Enable beside Server configuration. WeChat’s own automatic replies and menu are then off; menus made by the API stay.",
    "Only one system may use the AppSecret in the old way (cgi-bin/token). Others must take the stable token, as we do.",
  ],
  channels: [],
  firstMessage: "Follow the account in WeChat and write to it.",
};

const whatsappCloud: ProviderGuide = {
  name: "WhatsApp Cloud API",
  about: "A WhatsApp number directly at Meta.",
  console: { label: "Meta App Dashboard", href: "https://developers.facebook.com/apps/" },
  find:
    "Open your app in the Meta App Dashboard. The phone number ID and the WhatsApp Business account ID are under WhatsApp, API setup; " +
    "the app secret is under App settings, Basic. Make a system user's access token in the business settings, and make up a verify token.",
  checks: {
    "settings.phone_number_id": digits("A phone number ID is a number without +; it is not the phone number."),
    "settings.waba_id": digits("A WhatsApp Business account ID is a number."),
    "settings.graph_version": graphVersion,
    "secrets.verify_token": word,
  },
  paste: [subscribing("whatsapp_business_account", "In the dashboard under WhatsApp, Configuration")],
  then: [
    "Subscribe to messages, message_template_status_update and user_preferences.",
    "Several numbers of one app: connect each here. The app keeps the callback URL of the first; it serves them all.",
  ],
  channels: ["whatsapp"],
  firstMessage: "Write to your number from WhatsApp.",
};

const guides: Record<string, ProviderGuide> = { instagram, line, messenger, twilio, wechat, whatsapp_cloud: whatsappCloud };

/** guideOf is what we know about a provider; of one that came later it is what its type says. */
export const guideOf = (type: string): ProviderGuide =>
  guides[type] ?? {
    name: type.charAt(0).toUpperCase() + type.slice(1),
    about: "",
    console: { label: "", href: "" },
    find: "",
    checks: {},
    paste: [{ where: "At the provider, where it asks for the webhook or callback address." }],
    then: [],
    channels: [],
    firstMessage: "Write a message to this account.",
  };

/** webchat's accounts belong to widgets, which have a page of their own. */
export const hasPage = (type: string): boolean => type !== "webchat";

/** accountFields are the fields of a provider's account, as the provider names them. */
export function accountFields(provider: Provider, isNew: boolean): Field[] {
  const { checks } = guideOf(provider.type);
  return provider.fields.map((f): Field => {
    const name = `${f.secret ? "secrets" : "settings"}.${f.name}`;
    return {
      name,
      label: f.label,
      kind: f.secret ? "secret" : "text",
      help: f.secret && !isNew ? `${f.help ? `${f.help} ` : ""}Never shown; leave it empty to keep it.` : f.help,
      required: f.required && (isNew || !f.secret),
      check: checks[name],
      group: f.required ? "Credentials" : "Optional",
    };
  });
}

const e164 = /^\+[1-9]\d{6,14}$/;
const plain = (number: string) => number.replace(/[\s().-]/g, "");

/** checkAddress says what is wrong with a number or sender of a channel. */
export function checkAddress(channel: string, address: string): string | undefined {
  if (e164.test(plain(address))) return undefined;
  if (channel === "sms" && (/^\d{3,8}$/.test(address.trim()) || /^MG[0-9a-f]{32}$/i.test(address.trim()))) return undefined;
  const also = channel === "sms" ? " A short code of 3 to 8 digits or a messaging service SID is taken too." : "";
  return `Write the number with + and the country code, like +4915112345678.${also}`;
}

export const channelNames: Record<string, string> = {
  line: "LINE",
  messenger: "Messenger",
  instagram: "Instagram",
  wechat: "WeChat",
  sms: "SMS",
  whatsapp: "WhatsApp",
  webchat: "Web chat",
};
export const channelName = (channel: string): string => channelNames[channel] ?? channel;
