import { expect, type Browser, type BrowserContext, type Page } from "@playwright/test";
import type { Phone } from "../support/phone.ts";
import { rig, type Agent, type SignIn } from "../support/rig.ts";

/** Desk is an agent's desk in a browser. */
export class Desk {
  constructor(readonly page: Page) {}

  /** signIn is for tests of something else: somebody is signed in, and opens a page of the desk. */
  static async signIn(page: Page, who: SignIn, base = rig.base): Promise<Desk> {
    await signedIn(page, who, base);
    await page.goto(`${base}/desk/`);
    await expect(page.getByRole("region", { name: "Inbox" })).toBeVisible();
    return new Desk(page);
  }

  /** enter goes the way of a person: the address, the form, the inbox. */
  static async enter(page: Page, who: SignIn, base = rig.base): Promise<Desk> {
    await page.goto(`${base}/desk/`);
    await page.getByLabel("E-mail address").fill(who.email);
    await page.getByRole("textbox", { name: "Password" }).fill(who.password);
    await page.getByRole("button", { name: "Sign in" }).click();
    await expect(page.getByRole("region", { name: "Inbox" })).toBeVisible();
    return new Desk(page);
  }

  get offers() {
    return this.page.getByRole("region", { name: "Offers" });
  }
  get thread() {
    return this.page.getByRole("region", { name: "Messages" });
  }
  get composer() {
    return this.page.locator(".composer textarea").first();
  }
  row(name: string) {
    return this.page.getByRole("listitem").filter({ hasText: name }).getByRole("button");
  }
  tab(name: string) {
    return this.page.getByRole("tab", { name });
  }

  async accept(): Promise<void> {
    await this.offers.getByRole("button", { name: /^Accept/ }).click();
    await expect(this.composer).toBeVisible();
  }

  async write(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  /** bubble is a message as it is shown. */
  bubble(text: string) {
    return this.thread.locator(".bubble").filter({ hasText: text });
  }
}

/** signedIn gives a browser the session of somebody who signed in. */
export async function signedIn(page: Page, { email, password }: SignIn, base = rig.base): Promise<void> {
  const resp = await page.context().request.post(`${base}/v1/session`, { data: { email, password } });
  if (!resp.ok()) throw new Error(`sign-in: ${String(resp.status())} ${await resp.text()}`);
}

/** another is a second tab of the same browser. */
export async function another(context: BrowserContext, path = "/desk/"): Promise<Desk> {
  const page = await context.newPage();
  await page.goto(rig.base + path);
  return new Desk(page);
}

/** browserOf is a browser of an agent's own, where they are signed in. */
export async function browserOf(browser: Browser, who: Agent, options: Parameters<Browser["newContext"]>[0] = {}): Promise<Desk> {
  const context = await browser.newContext({ viewport: { width: 1440, height: 900 }, locale: "en-GB", ...options });
  return Desk.signIn(await context.newPage(), who);
}

/** talking is an agent who has accepted a customer's conversation. */
export async function talking(desk: Desk, phone: Phone, hello: string): Promise<void> {
  await phone.says(hello);
  await desk.accept();
  await expect(desk.bubble(hello)).toHaveCount(1);
}

/** once requires that texts are in the thread in this order, each a single time. */
export async function once(desk: Desk, texts: string[]): Promise<void> {
  await expect
    .poll(async () => (await desk.thread.locator(".bubble .words").allTextContents()).filter((t) => texts.includes(t)))
    .toEqual(texts);
}
