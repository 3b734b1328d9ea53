import { randomUUID } from "node:crypto";
import { expect, type BrowserContext, type Locator, type Page } from "@playwright/test";
import { Client } from "./client.ts";
import { rig, type Site } from "./rig.ts";

export interface Widget {
  id: string;
  key: string;
}

const plain = { title: "Kettle & Leaf", color: "#7a3e1d", text_color: "#ffffff", position: "right", hide_offline: true };

/** newWidget gives a site a chat widget that the demo shop may use. */
export async function newWidget(site: Site, more: Record<string, unknown> = {}): Promise<Widget> {
  const admin = await Client.signIn(rig.admin);
  if (more.appearance) more.appearance = { ...plain, ...more.appearance };
  return admin.do<Widget>("POST", "/v1/widgets", {
    name: `Shop ${randomUUID()}`,
    workstream_id: site.workstream,
    origins: [rig.phones],
    ...more,
  });
}

/** signIns lets the shop's visitors sign in to a widget. */
export const signIns = { public_key: rig.shopKey };

/** Switches of the demo shop; see web/shop/site/shop.js. */
export interface Switches {
  mode?: "live" | "persistent";
  language?: string;
  sub?: string;
  theme?: string;
  api?: string;
  "switchboard-reconnect"?: string;
}

/** Visitor is somebody at the demo shop, with its chat. */
export class Visitor {
  readonly launcher: Locator;
  readonly panel: Locator;
  readonly input: Locator;
  readonly log: Locator;

  constructor(readonly page: Page) {
    this.launcher = page.locator(".switchboard-chat").locator("[part=launcher]");
    this.panel = page.getByRole("dialog");
    this.input = this.panel.locator("textarea[part~=text]");
    this.log = this.panel.getByRole("log");
  }

  /** enters opens a page of the shop with the widget. */
  static async enters(context: BrowserContext, widget: Widget, switches: Switches = {}, path = ""): Promise<Visitor> {
    const page = await context.newPage();
    const visitor = new Visitor(page);
    await visitor.goes(widget, switches, path);
    return visitor;
  }

  async goes(widget: Widget, switches: Switches, path: string): Promise<void> {
    const mode = switches.mode ?? "live";
    const query = new URLSearchParams({ mode, [mode]: widget.key, ...switches });
    await this.page.goto(`${rig.phones}/shop/${path}?${query.toString()}`);
    await expect(this.launcher).toBeVisible();
  }

  async opens(): Promise<void> {
    await this.launcher.click();
    await expect(this.panel).toBeVisible();
  }

  async says(text: string): Promise<void> {
    await this.input.fill(text);
    await this.input.press("Enter");
  }

  /** said requires that these are the texts of the bubbles, as they stand in the thread. */
  async said(texts: string[]): Promise<void> {
    await expect(this.log.locator("[part~=bubble]")).toHaveText(texts, { useInnerText: true });
  }

  bubble(text: string): Locator {
    return this.log.locator("[part~=bubble]", { hasText: text });
  }

  /** marked is what the widget says of how far the last message came. */
  get mark(): Locator {
    return this.log.locator("[part=mark]");
  }
}
