// For browsers, bundlers, Node, Bun and Deno: the module stands in this file, so that it is there when the import is.

import { initSync } from "./core.js";

const module = Uint8Array.from(atob("AGENTID_WASM_AS_BASE64"), (digit) => digit.charCodeAt(0));
initSync({ module });

export * from "./index.js";
