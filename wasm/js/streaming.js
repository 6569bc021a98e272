// For pages that would rather fetch the module beside the script than carry it in there: call `init` first.

import start from "./core.js";

export * from "./index.js";

/** Fetches and compiles the module; from `source`, or from beside this file. */
export async function init(source = new URL("./agentid.wasm", import.meta.url)) {
  await start({ module_or_path: source });
}
