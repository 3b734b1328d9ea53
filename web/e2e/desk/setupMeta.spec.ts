import { desktop, accessible, phone as small, picture } from "../support/look.ts";
import { call, newAgent, newSite, rig } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { look } from "./campaigns.ts";
import { browserOf } from "./page.ts";
import { openSetup, own } from "./setup.ts";

interface Channel {
  provider: string; // as it is chosen
  title: string; // of its form
  wrong: string; // a field that tells what is wrong
  says: RegExp;
  api: string; // folder of the stand-in
  door: RegExp; // a new customer's, on the phones' page
  settings: (id: string) => Record<string, string>; // by label
  stand: (id: string, secret: string, webhook: string) => Promise<unknown>;
}

const channels: Channel[] = [
  {
    provider: "Messenger",
    title: "Connect Messenger",
    wrong: "Page ID",
    says: /is a number/,
    api: "messenger",
    door: /^Messenger/,
    settings: (id) => ({ "Page ID": id, "App ID": "555000111", "Page access token": `zqsecret-${id}` }),
    stand: (id, secret, webhook) =>
      call(`${rig.phones}/_sandbox/accounts/messenger`, "POST", {
        page_id: id,
        app_id: "555000111",
        app_secret: secret,
        access_token: secret,
        webhook_url: webhook,
        name: `Page ${id}`,
      }),
  },
  {
    provider: "WhatsApp Cloud API",
    title: "Connect WhatsApp Cloud API",
    wrong: "Phone number ID",
    says: /is not the phone number/,
    api: "whatsapp",
    door: /^WhatsApp Cloud/,
    settings: (id) => ({ "Phone number ID": id, "WhatsApp Business account ID": `9${id}`, "Access token": `zqsecret-${id}` }),
    stand: (id, secret, webhook) =>
      call(`${rig.phones}/_sandbox/accounts/whatsapp_cloud`, "POST", {
        phone_number_id: id,
        waba_id: `9${id}`,
        number: "+31970102999",
        app_secret: secret,
        access_token: secret,
        webhook_url: webhook,
        name: `Number ${id}`,
      }),
  },
];

for (const c of channels) {
  test(`${c.provider}, from its credentials to an answer on the customer's phone`, async ({ page, browser }) => {
    const site = await newSite();
    const id = `1045${own()}`;
    const secret = `zqsecret-${id}`;
    await openSetup(page, "Channels");
    await page.getByRole("link", { name: "Connect a channel" }).first().click();
    await page.getByRole("link", { name: new RegExp(`^${c.provider}`) }).click();
    const form = page.getByRole("form", { name: c.title });
    const field = (label: string) => form.getByLabel(new RegExp(`^${label}( \\*)?$`)); // not that of a second secret
    await form.getByLabel("Name").fill(`${c.provider} ${id}`);
    await form.getByLabel("Workstream").selectOption({ label: `Workstream ${String(site.n)}` });
    for (const [label, value] of Object.entries(c.settings(id))) await field(label).fill(value);
    await field("App secret").fill(secret);
    await field("Verify token").fill("verify-me-please");
    await form.getByLabel("API address").fill(`${rig.phones}/${c.api}`);
    await field(c.wrong).fill("+31 6");
    await form.getByRole("button", { name: "Save and continue" }).click();
    await expect(field(c.wrong)).toHaveAccessibleDescription(c.says);
    await look(page, `setup-${c.api}-refused`);
    await field(c.wrong).fill(id);
    await form.getByRole("button", { name: "Save and continue" }).click();

    // The address is shown, answers Meta's question, and the test says what is missing.
    await expect(page.getByText("Waiting for the first webhook …")).toBeVisible();
    const webhook = await page.locator("code").first().innerText();
    const asks = `${webhook}?hub.mode=subscribe&hub.challenge=4711&hub.verify_token=verify-me-please`;
    expect(await (await fetch(asks)).text()).toBe("4711");
    const check = page.getByRole("button", { name: "Test connection" });
    await check.click();
    await expect(page.getByText(`${c.provider} did not accept the test`)).toBeVisible();
    await c.stand(id, secret, webhook);
    await check.click();
    await expect(page.getByText(`${c.provider} accepts the credentials.`)).toBeVisible();
    await look(page, `setup-${c.api}`);

    // A new customer on the phones' page, and the agent who answers.
    const desk = await browserOf(browser, await newAgent(site, "Mia Maas"));
    const phones = await browser.newPage({ viewport: desktop });
    await phones.goto(`${rig.phones}/`);
    await phones.getByRole("button", { name: c.door }).last().click();
    const box = phones.getByRole("textbox", { name: "Message" });
    await box.fill(`zqtext Is ${id} open?`);
    await box.press("Enter");
    await desk.accept();
    await desk.write("zqtext Until six.");
    await expect(phones.getByLabel("Thread").getByText("zqtext Until six.")).toBeVisible();
    await phones.getByRole("button", { name: "Read all" }).click();
    await expect(desk.bubble("zqtext Until six.").locator('.mark[data-status="read"]')).toBeAttached();
    await phones.getByRole("button", { name: "Sticker" }).click();
    await expect(desk.thread.locator('.bubble[data-side="in"]')).toHaveCount(2);
    await accessible(desk.page);
    await picture(desk.page, `desk-${c.api}`);
    await picture(phones, `phones-${c.api}`);
    await phones.setViewportSize(small);
    await picture(phones, `phones-${c.api}-small`);
    await expect(page.getByText("Messages arrive.")).toBeVisible();
  });
}
