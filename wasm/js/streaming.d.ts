export * from "./index.js";

/** Fetches and compiles the module; from `source`, or from beside the script. Call it before anything else. */
export function init(source?: URL | string | Response | BufferSource | WebAssembly.Module): Promise<void>;
