// Fails the build when a page's JavaScript, its first load or a part that is
// loaded later with all it needs, is more than agents should wait for.
import { readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const limit = 250 * 1000;
const site = new URL("./dist/site/", import.meta.url);
const manifest = JSON.parse(readFileSync(new URL("manifest.json", site), "utf8"));

function files(name, seen = new Set()) {
  const part = manifest[name];
  if (!seen.has(part.file)) {
    seen.add(part.file);
    for (const next of part.imports ?? []) files(next, seen);
  }
  return seen;
}

const packed = (file) => gzipSync(readFileSync(new URL(file, site)), { level: 9 }).length;
const first = files("index.html");
let failed = false;
for (const [name, part] of Object.entries(manifest)) {
  if (!part.isEntry && !part.isDynamicEntry) continue;
  const all = new Set([...first, ...files(name)]);
  const total = [...all].filter((f) => f.endsWith(".js")).reduce((sum, f) => sum + packed(f), 0);
  failed ||= total > limit;
  console.log(`${name}: ${(total / 1000).toFixed(1)} KB of JavaScript gzipped (at most ${limit / 1000})`);
}
if (failed) {
  console.error("too much JavaScript");
  process.exit(1);
}
