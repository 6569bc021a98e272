// Bundles a Worker as wrangler would: one script, and the module beside it.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/**
 * The modules for workerd, the script first. `alias` says where imports of these names are found.
 */
export async function bundle(entry, alias = {}) {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL(entry, import.meta.url))],
    bundle: true,
    write: false,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    alias,
    external: ["cloudflare:*", "node:*", "*.wasm"],
    logLevel: "error",
  });
  const wasm = readFileSync(fileURLToPath(import.meta.resolve("agentid-wasm/agentid.wasm")));
  return [
    { type: "ESModule", path: "worker.js", contents: outputFiles[0].text },
    { type: "CompiledWasm", path: "agentid.wasm", contents: wasm },
  ];
}
