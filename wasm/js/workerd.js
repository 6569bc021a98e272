// For Cloudflare Workers, which import a module ready compiled and may not compile one themselves.

import module from "./agentid.wasm";
import { initSync } from "./core.js";

initSync({ module });

export * from "./index.js";
