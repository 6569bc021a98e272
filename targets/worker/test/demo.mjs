// Answers the demo's question, on standard input, in workerd.

import { text } from "node:stream/consumers";
import { Miniflare } from "miniflare";
import { bundle } from "./build.mjs";

const modules = await bundle("./demo-worker.mjs");
const miniflare = new Miniflare({ modules, modulesRoot: "/", compatibilityDate: "2026-07-01" });
const response = await miniflare.dispatchFetch("http://demo/", { method: "POST", body: await text(process.stdin) });
console.log(await response.text());
await miniflare.dispose();
