import { expect, type Locator, type Page } from "@playwright/test";
import { Client } from "../support/client.ts";
import { accessible, desktop, phone as small, picture } from "../support/look.ts";
import { rig, type Site } from "../support/rig.ts";

interface Ref {
  id: string;
}

/** Sms is what a site needs to write to telephones: its number is listed, and there are two wordings. */
export interface Sms {
  name: string;
  other: string;
}

/** sms lists the site's number and writes templates for it. */
export async function sms(admin: Client, site: Site): Promise<Sms> {
  const name = `Parcels ${String(site.n)}`;
  const other = `Parcels, shorter ${String(site.n)}`;
  await admin.do("POST", `/v1/accounts/${site.twilioAccount}/addresses`, { channel: "sms", address: site.sms, name });
  const write = (name: string, text: string) =>
    admin.do<Ref>("POST", "/v1/templates", { name, channel: "sms", default_language: "en", text });
  await write(name, "zqtext Good news, {Name}: your parcel is here!");
  await write(other, "zqtext {Name}, it is here!");
  return { name, other };
}

/** configured is an outbound configuration of the site, made over the API. */
export async function configured(admin: Client, site: Site): Promise<Sms & { id: string }> {
  const made = await sms(admin, site);
  const { items: addresses } = await admin.do<{ items: Ref[] }>("GET", `/v1/accounts/${site.twilioAccount}/addresses`);
  const { items: templates } = await admin.do<{ items: (Ref & { name: string })[] }>("GET", "/v1/templates?channel=sms&limit=200");
  const { id } = await admin.do<Ref>("POST", "/v1/outbound-configurations", {
    name: made.name,
    address_id: addresses[0]?.id,
    template_id: templates.find((t) => t.name === made.name)?.id,
  });
  return { ...made, id };
}

/** number is the i-th customer of a site, of a thousand. */
export const number = (site: Site, i: number): string => `+19997${String(site.n).padStart(3, "0")}${String(i).padStart(3, "0")}`;

/** upload gives a draft a file. */
export async function upload(page: Page, lines: string[], name = "list.csv"): Promise<void> {
  await page.getByLabel("CSV file").setInputFiles({ name, mimeType: "text/csv", buffer: Buffer.from(lines.join("\r\n")) });
}

/** fill writes the form of a new campaign, without quiet hours: it can run at any time of the day. */
export async function fill(page: Page, name: string, configuration: string): Promise<void> {
  const form = page.getByRole("form", { name: "New campaign" });
  await form.getByLabel("Name").fill(name);
  await form.getByLabel("Sender and template").selectOption({ label: `${configuration} (sms)` });
  await form.getByLabel("Quiet from").fill("");
  await form.getByLabel("Quiet until").fill("");
}

/** fromTop is the page's own scrolling back at its beginning. */
const fromTop = (page: Page) => page.locator(".page").evaluate((p) => p.scrollTo(0, 0));

/** look has a state of the page judged and kept: on a desktop, and in the dark on a telephone, all of it. */
export async function look(page: Page, name: string): Promise<void> {
  await fromTop(page);
  await accessible(page);
  await picture(page, `${name}-desktop`);
  await page.setViewportSize(small);
  await page.emulateMedia({ colorScheme: "dark" });
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "dark");
  await accessible(page);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth);
  expect.soft(wide, "nothing is wider than the telephone").toBeLessThanOrEqual(small.width);
  const tall = await page.locator(".page").evaluate((p) => p.scrollHeight);
  await page.setViewportSize({ width: small.width, height: Math.max(small.height, tall + 80) });
  await picture(page, `${name}-phone-dark`);
  await page.setViewportSize(desktop);
  await page.emulateMedia({ colorScheme: "light" });
  await expect(page.locator("html")).toHaveAttribute("data-mantine-color-scheme", "light");
}

/**
 * choose types an option into a list that has the focus. A list takes only the options that it has already, and
 * begins anew after a second without a key.
 */
export async function choose(page: Page, list: Locator, typed: string, option: string): Promise<void> {
  await expect(async () => {
    await page.keyboard.type(typed);
    await expect(list.locator("option:checked")).toHaveText(option, { timeout: 1500 });
  }).toPass();
}

/** tab goes on with the keyboard until something has the focus. */
export async function tab(page: Page, to: Locator): Promise<void> {
  for (let i = 0; i < 80; i++) {
    if (await to.evaluate((e) => e === document.activeElement)) return;
    await page.keyboard.press("Tab");
  }
  throw new Error("the keyboard does not get there");
}

export const admin = () => Client.signIn(rig.admin);
