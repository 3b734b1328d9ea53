import { defineConfig } from "vitest/config";

export default defineConfig({
  // Files share a worker and its page: loading is nearly all that they take.
  test: { environment: "happy-dom", include: ["src/**/*.test.{ts,tsx}"], isolate: false, pool: "threads", unstubGlobals: true },
});
