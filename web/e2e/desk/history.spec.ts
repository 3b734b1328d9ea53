import { accessible, desktop, phone as small, picture } from "../support/look.ts";
import { Phone } from "../support/phone.ts";
import { newAgent, newSite } from "../support/rig.ts";
import { expect, test } from "../support/test.ts";
import { Desk, once, talking } from "./page.ts";

test("a customer who comes back has one thread", async ({ page }) => {
  const site = await newSite();
  const desk = await Desk.signIn(page, await newAgent(site, "Mia"));
  const kim = await Phone.line(site, "Kim");

  // The first conversation, with an answer and a note, is closed.
  await talking(desk, kim, "Where is my parcel?");
  await desk.write("It comes tomorrow.");
  await expect(desk.bubble("It comes tomorrow.")).toHaveCount(1);
  await page.getByText("Note", { exact: true }).click();
  await desk.composer.fill("Carrier was late before.");
  await page.getByRole("button", { name: "Save note" }).click();
  await expect(desk.bubble("Carrier was late before.")).toHaveCount(1);
  await page.getByRole("button", { name: "End", exact: true }).click();
  await page.getByRole("button", { name: "Close", exact: true }).click();
  await desk.tab("Closed").click();
  await expect(desk.row("Kim")).toContainText("Closed");

  // They write again: everything is there, and no contact had to be linked.
  await kim.says("It has not come.");
  await desk.accept();
  await once(desk, ["Where is my parcel?", "It comes tomorrow.", "Carrier was late before.", "It has not come."]);
  const earlier = desk.thread.getByRole("region", { name: /^Earlier conversation/ });
  await expect(earlier.getByRole("link")).toContainText("Mia");
  await expect(desk.thread.getByText("This conversation since")).toBeVisible();
  await expect(desk.bubble("It has not come.")).toBeInViewport();
  await accessible(page);
  await picture(page, "history-desktop-light");
  await page.setViewportSize(small);
  await page.emulateMedia({ colorScheme: "dark" });
  await accessible(page);
  await picture(page, "history-phone-dark");
  await page.setViewportSize(desktop);

  // The divider leads to the conversation itself.
  await earlier.getByRole("link").click();
  await expect(desk.bubble("Where is my parcel?")).toHaveCount(1);
  await expect(desk.bubble("It has not come.")).toHaveCount(0);
});
