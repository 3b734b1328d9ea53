import { defineConfig } from "@playwright/test";
import { patience } from "./support/speed.ts";

// The product and the browser are found by test/e2e/web, which says in SWITCHBOARD_E2E
// and SWITCHBOARD_CHROMIUM where they are.
export default defineConfig({
  testDir: ".",
  outputDir: "../../test-results/browser",
  forbidOnly: true,
  retries: 0,
  workers: Number(process.env.BROWSER_WORKERS ?? 3),
  fullyParallel: true,
  timeout: patience(180_000),
  expect: { timeout: patience(30_000) },
  // What disturbs everybody comes last, one after another.
  projects: [
    { name: "browser", testIgnore: /\.alone\.spec\.ts$/ },
    { name: "alone", testMatch: /\.alone\.spec\.ts$/, dependencies: ["browser"], fullyParallel: false, workers: 1 },
  ],
  reporter: process.env.PLAYWRIGHT_JSON_OUTPUT_FILE === undefined ? [["list"]] : [["list"], ["json"]],
  use: {
    launchOptions: { executablePath: process.env.SWITCHBOARD_CHROMIUM ?? "/usr/bin/chromium", args: ["--no-sandbox"] },
    viewport: { width: 1440, height: 900 },
    locale: "en-GB",
    // A film of each test costs more than the test, and pages as they were a seventh of it.
    trace: { mode: "retain-on-failure", screenshots: false, snapshots: process.env.BROWSER_SNAPSHOTS !== undefined },
    screenshot: "only-on-failure",
    actionTimeout: patience(30_000),
    navigationTimeout: patience(30_000),
  },
});
