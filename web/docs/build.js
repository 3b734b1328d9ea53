// Puts the viewer of the API's contract together: Swagger UI as it is published, and
// what this product sets. Names change with the content, so that browsers keep them.
import { createHash } from "node:crypto";
import { createRequire } from "node:module";
import { mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

const site = path.join(import.meta.dirname, "dist/site");
const published = path.dirname(createRequire(import.meta.url).resolve("swagger-ui-dist/package.json"));

rmSync(site, { recursive: true, force: true });
mkdirSync(path.join(site, "assets"), { recursive: true });

const names = {};
for (const [name, file] of Object.entries({
  "swagger-ui.js": path.join(published, "swagger-ui-bundle.js"),
  "swagger-ui.css": path.join(published, "swagger-ui.css"),
  "viewer.js": path.join(import.meta.dirname, "src/viewer.js"),
  "viewer.css": path.join(import.meta.dirname, "src/viewer.css"),
})) {
  const text = readFileSync(file, "utf8").replace(/^\/[/*]# sourceMappingURL=.*$/gm, "");
  const hash = createHash("sha256")
    .update(text)
    .digest("base64url")
    .replace(/[^A-Za-z0-9]/g, "")
    .slice(0, 8);
  const { name: base, ext } = path.parse(name);
  names[name] = `assets/${base}-${hash}${ext}`;
  writeFileSync(path.join(site, names[name]), text);
}
writeFileSync(path.join(site, "names.json"), JSON.stringify(names));
