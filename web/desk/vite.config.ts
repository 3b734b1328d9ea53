import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";

// In development the API is that of a running `make run`.
const api = process.env.SWITCHBOARD_URL ?? "http://127.0.0.1:8080";

export default defineConfig({
  base: "/desk/",
  plugins: [react()],
  build: {
    outDir: "dist/site",
    emptyOutDir: true,
    target: "es2022",
    cssTarget: ["chrome123", "firefox120", "safari17.5"], // they know light-dark(), which must stay as it is
    assetsInlineLimit: 0,
    manifest: "manifest.json",
  },
  server: { proxy: { "/v1": { target: api, changeOrigin: true } } },
  // Files share a worker, its page and what they import: loading is nearly all that they take.
  test: { environment: "happy-dom", include: ["src/**/*.test.ts"], isolate: false, pool: "threads", unstubGlobals: true },
});
