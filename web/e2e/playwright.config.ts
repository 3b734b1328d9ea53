import { defineConfig } from "@playwright/test";

// The product and the browser are found by e2e/web, which says in SWITCHBOARD_E2E
// and SWITCHBOARD_CHROMIUM where they are.
export default defineConfig({
  testDir: ".",
  outputDir: "../../test-results/browser",
  forbidOnly: true,
  retries: 0,
  workers: 2,
  fullyParallel: true,
  timeout: 600_000, // on a loaded machine a click takes seconds
  expect: { timeout: Number(process.env.BROWSER_PATIENCE ?? 90_000) },
  // What disturbs everybody comes last, one after another.
  projects: [
    { name: "browser", testIgnore: /\.alone\.spec\.ts$/ },
    { name: "alone", testMatch: /\.alone\.spec\.ts$/, dependencies: ["browser"], fullyParallel: false, workers: 1 },
  ],
  reporter: [["list"]],
  use: {
    launchOptions: { executablePath: process.env.SWITCHBOARD_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    trace: "retain-on-failure",
    actionTimeout: 90_000,
    navigationTimeout: 90_000,
  },
});
