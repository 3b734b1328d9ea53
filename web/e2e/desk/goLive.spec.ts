import { mkdirSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import path from "node:path";
import { appCode } from "../support/appCode.ts";
import { Hand, type Effort } from "../support/hand.ts";
import { accessible, desktop, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { call, endInstallation, newInstallation, rig, type Installation } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk } from "./page.ts";

// The account that an administrator has at each provider before anything is set up here.
const line = {
  channel_id: "1650001234",
  secret: "secret-marked-line-account",
  access_token: "secret-marked-line-account",
  bot_user_id: `U${"7".repeat(32)}`,
};
const twilio = {
  sid: `AC${"7".repeat(32)}`,
  auth_token: "secret-marked-twilio-account",
  numbers: ["+15005550777"],
  whatsapp: ["+14155230777"],
};
const nora = { name: "Nora Lind", email: "nora@example.com", password: "incorrect zebra accumulator" };

/** enterAt enters something in a provider's console. */
const enterAt = (at: Installation, provider: string, settings: unknown) =>
  call<unknown>(`${at.phones}/_sandbox/accounts/${provider}`, "POST", settings);

/** A shop's site, into whose pages something can be pasted. */
class ShopSite {
  pasted = "";
  private constructor(private readonly server: Server) {}

  static async open(): Promise<ShopSite> {
    const html = () => `<!doctype html><html lang="en"><title>Kettle &amp; Leaf</title><h1>Kettle &amp; Leaf</h1>${site.pasted}</html>`;
    const server = createServer((_, resp) => resp.setHeader("Content-Type", "text/html").end(html()));
    const site = new ShopSite(server);
    await new Promise<void>((open) => server.listen(0, "127.0.0.1", open));
    return site;
  }
  get origin(): string {
    return `http://127.0.0.1:${String((this.server.address() as AddressInfo).port)}`;
  }
  close = () => this.server.close();
}

async function signIn(hand: Hand, at: Installation): Promise<void> {
  await hand.page.goto(`${at.base}/desk/`);
  await hand.field("E-mail address", rig.admin.email);
  await hand.type(hand.page.getByRole("textbox", { name: "Password" }), rig.admin.password);
  await hand.button("Sign in");
  await expect(hand.page.getByRole("region", { name: "Inbox" })).toBeVisible();
}

const section = (hand: Hand, name: string) => hand.click(hand.page.getByRole("navigation", { name: "Setup" }).getByRole("link", { name }));

async function connectLine(hand: Hand, at: Installation): Promise<void> {
  await section(hand, "Channels");
  await hand.link("Connect a channel");
  await hand.link(/^LINE/);
  await hand.field("Channel ID", line.channel_id);
  await hand.field("Channel secret", line.secret);
  await hand.field("Channel access token", line.access_token);
  await hand.field("API address", `${at.phones}/line`);
  await hand.button("Save and continue");
  const webhook_url = await hand.copies("the webhook address");
  await enterAt(at, "line", { ...line, webhook_url });
  await hand.button("Test connection");
  await expect(hand.page.getByText("LINE accepts the credentials.")).toBeVisible();
  await expect(hand.page.getByText("LINE calls this installation.")).toBeVisible();
}

async function connectTwilio(hand: Hand, at: Installation): Promise<void> {
  await section(hand, "Channels");
  await hand.link("Connect a channel");
  await hand.link(/^Twilio/);
  await hand.field("Account SID", twilio.sid);
  await hand.field("Auth token", twilio.auth_token);
  await hand.field("API address", `${at.phones}/twilio`);
  await hand.button("Save and continue");
  const sms = await hand.copies("the webhook address");
  expect(await hand.copies("the webhook address", 1)).toBe(sms);
  await enterAt(at, "twilio", { ...twilio, webhook_url: sms });
  await hand.button("Test connection");
  await expect(hand.page.getByText("Twilio accepts the credentials.")).toBeVisible();
  await expect(hand.page.getByText(`${twilio.numbers[0] ?? ""} at Twilio calls this installation.`)).toBeVisible();
  const form = hand.page.getByRole("form", { name: "Add a number or sender" });
  const table = hand.page.getByRole("table", { name: "Numbers and senders" });
  await hand.button("Add a number or sender");
  await hand.field("Number", twilio.numbers[0] ?? "", form);
  await hand.click(form.getByRole("button", { name: "Add" }));
  await expect(table).toContainText(twilio.numbers[0] ?? "");
  await hand.button("Add a number or sender");
  await hand.choose(form.getByLabel("Channel"), "WhatsApp");
  await hand.field("Sender", twilio.whatsapp[0] ?? "", form);
  await hand.click(form.getByRole("button", { name: "Add" }));
  await expect(table).toContainText(twilio.whatsapp[0] ?? "");
}

async function addChat(hand: Hand, site: ShopSite): Promise<void> {
  await section(hand, "Chat on your site");
  await hand.link("Add a chat");
  await hand.field("Name", "Shop");
  await hand.field("Sites", site.origin);
  await hand.button("Add chat");
  await expect(hand.page.getByRole("heading", { level: 1, name: "Shop" })).toBeVisible();
  site.pasted = await hand.copies("the snippet");
}

async function invite(hand: Hand): Promise<string> {
  await section(hand, "Sign-in rules");
  const rules = hand.page.getByRole("form", { name: "Sign-in rules" });
  await hand.click(rules.getByRole("checkbox", { name: "Agents" }));
  await hand.click(rules.getByRole("button", { name: "Save" }));
  await expect(rules.getByText("Saved. It takes effect at once.")).toBeVisible();
  await section(hand, "People");
  await hand.link("Add a person");
  await hand.field("Name", nora.name);
  await hand.field("E-mail address", nora.email);
  await hand.field("Capacity", "5");
  await hand.button("Add person");
  const link = await hand.copies("the link");
  await hand.link("Choose queues and skills");
  const queues = hand.page.getByRole("region", { name: "Queues" });
  await hand.click(queues.getByRole("checkbox", { name: "Support", exact: true }));
  await expect(queues.getByText("Saved.")).toBeVisible();
  return link;
}

async function accept(hand: Hand, link: string): Promise<void> {
  await hand.page.goto(link);
  await hand.type(hand.page.getByRole("textbox", { name: "New password" }), nora.password);
  await hand.button("Set password and sign in");
  await hand.button("Set up authenticator app");
  const key = (await hand.page.locator(".key").textContent()) ?? "";
  await hand.type(hand.page.getByRole("textbox", { name: "Code" }), appCode(key));
  await hand.button("Turn on");
  await hand.button("I have kept them");
  await expect(hand.page.getByRole("region", { name: "Inbox" })).toBeVisible();
}

/** answers has the agent take the offer and answer what was asked. */
async function answers(hand: Hand, question: string, answer: string): Promise<void> {
  const desk = new Desk(hand.page);
  await hand.click(desk.offers.getByRole("button", { name: /^Accept/ }));
  await expect(desk.bubble(question)).toBeVisible();
  await hand.type(desk.composer, answer);
  await hand.enter(desk.composer);
}

/** keep writes what the way took, and returns the whole. */
function keep(parts: Record<string, Effort[]>): Effort {
  const total = Object.values(parts)
    .flat()
    .reduce((sum, e) => ({ ...sum, clicks: sum.clicks + e.clicks, fields: sum.fields + e.fields, seconds: sum.seconds + e.seconds }), {
      step: "total",
      clicks: 0,
      fields: 0,
      seconds: 0,
    });
  total.seconds = Math.round(total.seconds * 10) / 10;
  const dir = path.join(import.meta.dirname, "../../../test-results");
  mkdirSync(dir, { recursive: true });
  writeFileSync(path.join(dir, "go-live.json"), `${JSON.stringify({ ...parts, total }, null, 2)}\n`);
  return total;
}

test("from an empty installation to an answered message on every channel, without an API call", async ({ page, browser }) => {
  const at = await newInstallation();
  const site = await ShopSite.open();
  await enterAt(at, "line", line); // there is an account at each provider that calls nobody yet
  await enterAt(at, "twilio", twilio);

  const admin = new Hand(page);
  await admin.step("sign in", () => signIn(admin, at));
  await admin.step("queue and workstream", async () => {
    await admin.link("Setup");
    await admin.button("Create queue and workstream");
    const step = (title: string) => page.getByRole("listitem").filter({ hasText: title });
    await expect(step("Decide how conversations get there").getByRole("img", { name: "Done" })).toBeVisible();
    // Who sets things up is offered no conversations: the agent who is invited below is put in the queue.
    await expect(step("Put people in a queue").getByRole("img", { name: "To do" })).toBeVisible();
  });
  await admin.step("LINE", () => connectLine(admin, at));
  await admin.step("Twilio", () => connectTwilio(admin, at));
  await admin.step("chat", () => addChat(admin, site));
  const link = await admin.step("invite an agent", () => invite(admin));
  await admin.step("sign out", async () => {
    await admin.button(/settings and sign out/);
    await admin.click(page.getByRole("menuitem", { name: "Sign out" }));
    await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
  });

  const theirs = await browser.newContext({ viewport: desktop, locale: "en-GB" });
  const agent = new Hand(await theirs.newPage());
  await agent.step("password and second factor", () => accept(agent, link));
  const phones = {
    LINE: await Phone.at(at.phones, { account: line.channel_id, name: "zqtext Zoe" }),
    SMS: await Phone.at(at.phones, { account: twilio.sid, channel: "sms", to: twilio.numbers[0] }),
    WhatsApp: await Phone.at(at.phones, { account: twilio.sid, channel: "whatsapp", name: "zqtext Ivo" }),
  };
  for (const [channel, phone] of Object.entries(phones))
    await agent.step(`answer on ${channel}`, async () => {
      await phone.says(`zqtext hello from ${channel}`);
      await answers(agent, `zqtext hello from ${channel}`, `zqtext welcome to ${channel}`);
      await expect.poll(async () => (await phone.thread()).map((m) => m.text)).toContain(`zqtext welcome to ${channel}`);
    });

  const visitor = await (await browser.newContext({ viewport: desktop })).newPage();
  await agent.step("answer in the chat", async () => {
    await visitor.goto(site.origin);
    await visitor.locator(".switchboard-chat").locator("[part=launcher]").click();
    const panel = visitor.getByRole("dialog");
    await panel.locator("textarea[part~=text]").fill("zqtext hello from the shop");
    await panel.locator("textarea[part~=text]").press("Enter");
    await answers(agent, "zqtext hello from the shop", "zqtext welcome to the shop");
    await expect(panel.getByRole("log").getByText("zqtext welcome to the shop")).toBeVisible();
  });
  await picture(agent.page, "go-live-agent");

  // Setup says by itself that everything works.
  await admin.step("look whether it works", async () => {
    await signIn(admin, at);
    await admin.link("Setup");
    await expect(page.getByText("You are live")).toBeVisible();
    await section(admin, "Channels");
    await expect(page.getByRole("table", { name: "Channels" }).getByText("Working")).toHaveCount(2);
  });
  await accessible(page);
  await picture(page, "go-live-channels");
  const total = keep({ administrator: admin.efforts, agent: agent.efforts });
  // What each step of the way costs is a promise: more of it has to be wanted.
  expect(total.clicks).toBeLessThanOrEqual(50);
  expect(total.fields).toBeLessThanOrEqual(25);
  site.close();
  await endInstallation(at);
});
