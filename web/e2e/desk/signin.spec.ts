import type { Page } from "@playwright/test";
import { appCode } from "../support/appCode.ts";
import { Client } from "../support/client.ts";
import { accessible, card, desktop, picture } from "../support/look.ts";
import { newAgent, newSite, rig, type SignIn } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { admin, look } from "./campaigns.ts";
import { openSetup, own } from "./setup.ts";

const inbox = (page: Page) => page.getByRole("region", { name: "Inbox" });

async function openAccount(page: Page) {
  await page.getByRole("button", { name: /settings and sign out/ }).click();
  await page.getByRole("menuitem", { name: "Your account…" }).click();
  return page.getByRole("dialog", { name: "Your account" });
}

async function signOut(page: Page): Promise<void> {
  await page.getByRole("button", { name: /settings and sign out/ }).click();
  await page.getByRole("menuitem", { name: "Sign out" }).click();
  await expect(page.getByRole("button", { name: "Sign in" })).toBeVisible();
}

async function enter(page: Page, who: SignIn): Promise<void> {
  await page.getByLabel("E-mail address").fill(who.email);
  await page.getByRole("textbox", { name: "Password" }).fill(who.password);
  await page.getByRole("button", { name: "Sign in" }).click();
}

test("an administrator invites somebody, who sets a password and a second factor, and works", async ({ page, browser }) => {
  const n = own();
  const nora = { email: `nora-${n}@example.com`, password: "incorrect zebra accumulator" };
  await openSetup(page, "People");
  await page.getByRole("link", { name: "Add a person" }).click();
  const form = page.getByRole("form", { name: "Add a person" });
  await form.getByLabel("Name").fill(`Nora ${n}`);
  await form.getByLabel("E-mail address").fill(nora.email);
  await form.getByRole("button", { name: "Add person" }).click();
  await expect(page.getByRole("heading", { level: 1, name: `Nora ${n} is added` })).toBeVisible();
  await look(page, "signin-invited");
  const link = (await page.locator(".copyable code").textContent()) ?? "";
  expect(link).toMatch(/\/welcome#swl_/);

  const theirs = await (await browser.newContext({ viewport: desktop, locale: "en-GB" })).newPage();
  const seen: string[] = [];
  theirs.on("request", (r) => seen.push(r.url(), r.headers().referer ?? ""));
  await theirs.goto(link);
  await expect(theirs.getByRole("heading", { name: `Welcome, Nora ${n}` })).toBeVisible();
  await theirs.getByRole("textbox", { name: "New password" }).fill("password2026");
  await theirs.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(theirs.getByRole("textbox", { name: "New password" })).toHaveAccessibleDescription(/most common passwords/);
  await card(theirs, "signin-welcome");
  await theirs.getByRole("textbox", { name: "New password" }).fill(nora.password);
  await theirs.getByRole("button", { name: "Set password and sign in" }).click();
  await expect(inbox(theirs)).toBeVisible();
  expect(seen.filter((url) => url.includes("swl_"))).toEqual([]); // no server sees the token in an address

  // The authenticator app.
  const dialog = await openAccount(theirs);
  const factor = dialog.getByRole("region", { name: "Two-step verification" });
  await accessible(theirs);
  await picture(theirs, "signin-account");
  await factor.getByRole("button", { name: "Set up authenticator app" }).click();
  await factor.getByRole("textbox", { name: "Your password" }).fill(nora.password);
  await factor.getByRole("button", { name: "Continue" }).click();
  await expect(factor.getByRole("img", { name: /QR code/ })).toBeVisible();
  const key = (await factor.locator(".key").textContent()) ?? "";
  await factor.getByRole("textbox", { name: "Code" }).fill(appCode(key, -10));
  await factor.getByRole("button", { name: "Turn on" }).click();
  await expect(factor.getByRole("textbox", { name: "Code" })).toHaveAccessibleDescription(/not the code/);
  await card(theirs, "signin-scan");
  await factor.getByRole("textbox", { name: "Code" }).fill(appCode(key));
  await factor.getByRole("button", { name: "Turn on" }).click();
  const listed = factor.getByRole("list", { name: "Recovery codes" }).getByRole("listitem");
  await expect(listed).toHaveCount(10);
  const code = (await listed.first().textContent()) ?? "";
  await card(theirs, "signin-recovery");
  await factor.getByRole("button", { name: "I have kept them" }).click();
  await expect(factor.getByText("10 recovery codes are left.")).toBeVisible();
  await expect(dialog.getByRole("listitem").filter({ hasText: "This browser" })).toHaveCount(1);
  await theirs.keyboard.press("Escape");

  // It is asked for from now on; a recovery code stands in for it.
  await signOut(theirs);
  await enter(theirs, nora);
  await expect(theirs.getByRole("heading", { name: "Two-step verification" })).toBeVisible();
  await theirs.getByRole("textbox", { name: "Code" }).fill("000000");
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await expect(theirs.getByRole("textbox", { name: "Code" })).toHaveAccessibleDescription(/not right/);
  await card(theirs, "signin-code");
  await theirs.getByRole("textbox", { name: "Code" }).fill(code);
  await theirs.getByRole("button", { name: "Sign in" }).click();
  await expect(inbox(theirs)).toBeVisible();

  // The link has done its work.
  await theirs.goto(`${rig.base}/desk/`);
  await theirs.goto(link);
  await theirs.reload(); // only the fragment may have changed
  await expect(theirs.getByRole("heading", { name: "This link does not work" })).toBeVisible();
  await card(theirs, "signin-used-link");
});

test("a password that an administrator set is replaced, and an administrator helps who lost the app", async ({ page, browser }) => {
  const ann = await newAgent(await newSite(), "Ann");
  const api = await admin();
  await api.do("PATCH", `/v1/agents/${ann.id}`, { password: "a password to pass on" });
  await page.goto(`${rig.base}/desk/`);
  await enter(page, { email: ann.email, password: "a password to pass on" });
  await expect(page.getByRole("heading", { name: "Choose your password" })).toBeVisible();
  await page.getByRole("textbox", { name: "Current password" }).fill("a password to pass on");
  await page.getByRole("textbox", { name: "New password" }).fill("switchboard1");
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(page.getByRole("textbox", { name: "New password" })).toHaveAccessibleDescription(/too much like/);
  await card(page, "signin-must-change");
  await page.getByRole("textbox", { name: "New password" }).fill(ann.password);
  await page.getByRole("button", { name: "Set password" }).click();
  await expect(inbox(page)).toBeVisible();

  const client = await Client.signIn(ann);
  const { secret } = await client.do<{ secret: string }>("POST", "/v1/me/second-factor", { current_password: ann.password });
  await client.do("POST", "/v1/me/second-factor/confirm", { code: appCode(secret) });

  const theirs = await (await browser.newContext({ viewport: desktop, locale: "en-GB" })).newPage();
  await openSetup(theirs, "People");
  await theirs.goto(`${rig.base}/desk/setup/people/${ann.id}`);
  const section = theirs.getByRole("region", { name: "Sign-in" });
  await section.getByRole("button", { name: "Reset password" }).click();
  await expect(section.getByText(/welcome#swl_/)).toBeVisible();
  await look(theirs, "signin-person");
  await section.getByRole("button", { name: "Reset two-step verification" }).click();
  await expect(section.getByText("They are not signed in anywhere.")).toBeVisible();
  await Client.signIn(ann);
});
