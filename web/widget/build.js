// Builds the widget: first the app, whose name changes with its content, then the
// loader, which knows that name. Fails when either is larger than was promised.
import { readdirSync, readFileSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { build } from "vite";

const site = path.join(import.meta.dirname, "dist/site");
const limits = { loader: 3 * 1024, all: 25 * 1024 };
const common = {
  configFile: false,
  root: import.meta.dirname,
  logLevel: "warn",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
};

rmSync(site, { recursive: true, force: true });
mkdirSync(site, { recursive: true });

// As a library: a page's own build would add code to preload its parts.
const make = (entry, format, rest) =>
  build({
    ...common,
    ...rest,
    build: {
      outDir: site,
      emptyOutDir: false,
      target: "es2022",
      lib: { entry: path.join(import.meta.dirname, entry), formats: [format], name: "_" },
      rollupOptions: {
        preserveEntrySignatures: "allow-extension", // what parts share stays in the app: no further request
        output: {
          entryFileNames: format === "iife" ? "[name].js" : "assets/[name]-[hash].js",
          chunkFileNames: "assets/[name]-[hash].js",
          minify: true,
        },
      },
    },
  });

await make("src/app.ts", "es", {});
const app = built("app");
await make("src/loader.ts", "iife", { define: { APP: JSON.stringify(app) } });

function built(name) {
  return `assets/${readdirSync(path.join(site, "assets")).find((f) => f.startsWith(`${name}-`))}`;
}

const size = (name) => gzipSync(readFileSync(path.join(site, name)), { level: 9 }).length;
const ofLanguage = ["nl", "fi", "et", "ja"].map(built);
const later = [...ofLanguage, built("survey")]; // a survey comes when there is one
const always = readdirSync(path.join(site, "assets"))
  .map((f) => `assets/${f}`)
  .filter((f) => !later.includes(f));
const total = (names) => names.map(size).reduce((a, b) => a + b, 0);
const sizes = {
  loader: size("loader.js"),
  all: size("loader.js") + total(always) + Math.max(...ofLanguage.map(size)),
  survey: size(built("survey")),
};
writeFileSync(path.join(site, "sizes.json"), JSON.stringify({ ...sizes, limits }));
const said = (n) => `${(n / 1024).toFixed(1)} KB`;
console.log(
  `widget: loader ${said(sizes.loader)} of ${said(limits.loader)}, everything a visitor loads ${said(sizes.all)} of ${said(limits.all)}, a survey ${said(sizes.survey)} more, gzipped`,
);
if (sizes.loader > limits.loader || sizes.all > limits.all) {
  console.error("widget: larger than promised");
  process.exit(1);
}
