import { defineConfig } from "vitest/config";

export default defineConfig({
  test: { projects: ["desk", "widget", { test: { name: "shared", root: "shared", environment: "happy-dom", include: ["**/*.test.ts"] } }] },
});
