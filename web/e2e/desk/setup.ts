import { expect, test, type Page } from "@playwright/test";
import { call, rig } from "../support/rig.ts";
import { Desk } from "./page.ts";

/** openSetup signs the administrator in and opens a page of Setup. */
export async function openSetup(page: Page, section: string): Promise<void> {
  await Desk.signIn(page, rig.admin);
  await page.getByRole("link", { name: "Setup" }).click();
  await page.getByRole("navigation", { name: "Setup" }).getByRole("link", { name: section }).click();
  await expect(page.getByRole("heading", { level: 1, name: section })).toBeVisible();
}

/** own is a number of seven digits that no other test of this run has: of this worker, at this moment. */
export const own = (): string => String(test.info().parallelIndex % 10) + String(Date.now() % 1_000_000).padStart(6, "0");

/** addLine makes a LINE account at the providers' stand-in, which calls the webhook address. */
export const addLine = (channel: string, secret: string, webhook: string) =>
  call<unknown>(`${rig.phones}/_sandbox/accounts/line`, "POST", {
    channel_id: channel,
    secret,
    access_token: secret,
    bot_user_id: `U${channel.padStart(32, "0")}`,
    webhook_url: webhook,
  });
