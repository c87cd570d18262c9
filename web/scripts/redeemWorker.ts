import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Plugin, Rolldown } from "vite";

const TEMPLATE = fileURLToPath(new URL("../src/features/groupbuy/redeem/worker.js", import.meta.url));
const PAGE = "src/features/groupbuy/redeem/RedeemPage.tsx";
/** Fetched when a camera is opened first, which may be where there is no network. */
const DECODER = "src/features/groupbuy/redeem/decoder.ts";
/** What every page fetches by itself while it starts, besides what it imports. */
const STARTS_WITH = [/src\/app\/i18n\/(frame|pages)\.(zh|en)\.ts$/, /src\/app\/i18n\/(frame|pages)\.(zh|en)$/];

/**
 * Writes `redeem-worker.js`: the service worker of the clerk's page, with the files that page is made of and a version
 * that changes when one of them does.
 */
export function redeemWorker(): Plugin {
  return {
    name: "redeem-worker",
    apply: "build",
    enforce: "post",
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const files = [...filesOf(bundle)].sort();
        const source = readFileSync(TEMPLATE, "utf8");
        const version = createHash("sha256").update(files.join("\n")).update(source).digest("hex").slice(0, 12);
        this.emitFile({
          type: "asset",
          fileName: "redeem-worker.js",
          source: source
            .replace('"__VERSION__"', JSON.stringify(version))
            .replace('["__FILES__"]', JSON.stringify(files.map((file) => `/${file}`))),
        });
      },
    },
  };
}

/** The scripts, styles and pictures that the page needs from the first byte on. */
function filesOf(bundle: Rolldown.OutputBundle): Set<string> {
  const chunks = Object.values(bundle).filter((one) => one.type === "chunk");
  const starts = chunks.filter((chunk) => {
    const from = chunk.facadeModuleId ?? "";
    return (
      chunk.isEntry ||
      from.endsWith(PAGE) ||
      from.endsWith(DECODER) ||
      STARTS_WITH.some((pattern) => pattern.test(from))
    );
  });
  const found = new Set<string>();
  const take = (name: string) => {
    const chunk = bundle[name];
    if (found.has(name) || chunk?.type !== "chunk") return;
    found.add(name);
    for (const file of chunk.viteMetadata?.importedCss ?? []) found.add(file);
    for (const file of chunk.viteMetadata?.importedAssets ?? []) found.add(file);
    for (const imported of chunk.imports) take(imported);
  };
  for (const chunk of starts) take(chunk.fileName);
  for (const needed of [PAGE, DECODER])
    if (!starts.some((chunk) => chunk.facadeModuleId?.endsWith(needed)))
      throw new Error(`${needed} is not in the build`);
  return found;
}
