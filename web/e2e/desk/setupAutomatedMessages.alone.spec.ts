import { accessible, picture } from "../support/look.ts";
import { expect, test } from "../support/test.ts";
import { admin, look, tab } from "./campaigns.ts";
import { openSetup } from "./setup.ts";

interface Set {
  id: string;
  trigger: string;
  channel: string;
  enabled: boolean;
  texts: Record<string, string>;
}

// A text for everywhere is also what other tests' customers would read.
test("what is said automatically: everywhere and on one channel", async ({ page }) => {
  const api = await admin();
  const said = async (channel: string) => {
    const { items } = await api.do<{ items: Set[] }>("GET", "/v1/automated-messages?limit=200");
    return items.find((m) => m.trigger === "overflow_ended" && m.channel === channel);
  };
  await openSetup(page, "Automated messages");
  await look(page, "setup-messages");
  await page.getByRole("link", { name: "Overflow ended", exact: true }).click();
  const form = page.getByRole("form", { name: "Overflow ended" });
  const english = form.getByRole("textbox", { name: "English" });
  const preview = page.getByRole("complementary", { name: "Preview" });
  await form.getByLabel("Say it").check();
  await english.fill("{QueName} is full for today.");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(english).toBeFocused();
  await expect(english).toHaveAccessibleDescription(/Nothing fills {QueName}/);
  await english.fill("{QueueName} is full for today.");
  await expect(preview).toContainText("Support is full for today.");
  await tab(page, form.getByRole("button", { name: "Save" }));
  await page.keyboard.press("Enter");
  await expect(page.getByText(/^Set for: All channels and workstreams\.$/)).toBeVisible();
  const set = await said("");
  expect(set).toMatchObject({ enabled: true, texts: { en: "{QueueName} is full for today." } });

  // Somebody else's wording meanwhile is not lost.
  await english.fill("{QueueName} is full until tomorrow.");
  await api.do("PUT", "/v1/automated-messages", {
    trigger: "overflow_ended",
    enabled: true,
    texts: { en: "Theirs", nl: "Vandaag vol." },
  });
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form).toContainText("they saved “Theirs”; you have “{QueueName} is full until tomorrow.”");
  await accessible(page);
  await picture(page, "setup-message-conflict");
  await form.getByRole("button", { name: "Save" }).click();
  await expect(form.getByText("Saved. It takes effect at once.")).toBeVisible();
  expect((await said(""))?.texts).toEqual({ en: "{QueueName} is full until tomorrow.", nl: "Vandaag vol." });

  // LINE says something else, which is taken back again.
  await page.getByLabel("Channel").selectOption("LINE");
  await expect(page.getByText("Nothing is set for: LINE.")).toBeVisible();
  await form.getByLabel("Say it").uncheck();
  await form.getByRole("button", { name: "Save" }).click();
  await expect(page.getByText(/^Set for: LINE\.$/)).toBeVisible();
  expect(await said("line")).toMatchObject({ enabled: false });
  await look(page, "setup-message");
  await page.getByRole("button", { name: "Delete…" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Delete setting" }).click();
  await expect(page.getByText("Nothing is set for: LINE.")).toBeVisible();
  await api.do("DELETE", `/v1/automated-messages/${set?.id ?? ""}`); // other tests read the built-in text
});
