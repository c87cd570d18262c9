// Fails when what a browser must fetch and run before the first page appears is over budget.
// Counted: the entry script, everything it imports statically, and the larger of the two language chunks; gzipped.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";

const BUDGET_KB = 350;
const dist = fileURLToPath(new URL("../../huike/web_dist/", import.meta.url));
const manifest = JSON.parse(readFileSync(`${dist}.vite/manifest.json`, "utf8"));

function scriptsOf(name, seen = new Set()) {
  const chunk = manifest[name];
  if (!chunk || seen.has(chunk.file)) return seen;
  seen.add(chunk.file);
  for (const imported of chunk.imports ?? []) scriptsOf(imported, seen);
  return seen;
}

const kilobytes = (file) => gzipSync(readFileSync(dist + file)).length / 1024;
const sum = (files) => [...files].reduce((total, file) => total + kilobytes(file), 0);

const entry = scriptsOf("index.html");
const languages = ["zh", "en"].map((language) => scriptsOf(`src/app/i18n/frame.${language}.ts`, new Set(entry)));
const initial = Math.max(...languages.map(sum));

for (const [name, chunk] of Object.entries(manifest)) {
  if (!chunk.isDynamicEntry) continue;
  const own = [...scriptsOf(name, new Set(entry))].filter((file) => !entry.has(file));
  console.log(`${sum(own).toFixed(1).padStart(8)} kB  ${name}`);
}
console.log(`${initial.toFixed(1).padStart(8)} kB  initial script, gzip (budget ${BUDGET_KB} kB)`);
if (initial > BUDGET_KB) {
  console.error(`The initial script is ${(initial - BUDGET_KB).toFixed(1)} kB over budget: split it by route.`);
  process.exit(1);
}
