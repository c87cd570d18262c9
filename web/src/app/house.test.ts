import { readdirSync, readFileSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import { expect, test } from "vitest";

const SRC = resolve(import.meta.dirname, "..");

/** What each room may import; a feature sees itself, and no other feature. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  assets: [],
  format: [],
  api: ["format"],
  components: ["format", "api", "assets"],
  features: ["format", "api", "components", "assets"],
  app: ["format", "api", "components", "features", "assets"],
  testing: ["format", "api", "components", "features", "app", "assets"],
};

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return sourceFiles(path);
    return /\.tsx?$/.test(entry.name) && !entry.name.endsWith(".d.ts") ? [path] : [];
  });
}

function importsOf(file: string): string[] {
  const text = readFileSync(file, "utf8");
  return [...text.matchAll(/(?:from|import)\s*\(?\s*"((?:@\/|\.)[^"]+)"/g)].map(([, target = ""]) =>
    target.startsWith("@/") ? target.slice(2) : relative(SRC, resolve(dirname(file), target)),
  );
}

test("every room imports only rooms below it, and no feature another", () => {
  const wrong: string[] = [];
  for (const file of sourceFiles(SRC)) {
    const [room = "", feature] = relative(SRC, file).split("/");
    if (!(room in MAY_IMPORT)) continue;
    const isTest = /\.test\.tsx?$/.test(file);
    for (const target of importsOf(file)) {
      const [targetRoom = "", targetFeature] = target.split("/");
      if (targetRoom === room && (room !== "features" || targetFeature === feature)) continue;
      if (isTest && targetRoom === "testing") continue;
      if (!MAY_IMPORT[room]?.includes(targetRoom)) wrong.push(`${relative(SRC, file)} imports ${target}`);
    }
  }
  expect(wrong).toEqual([]);
});
