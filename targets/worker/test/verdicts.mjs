// Answers the vectors on standard input, in workerd.

import { text } from "node:stream/consumers";
import { Miniflare } from "miniflare";
import { bundle } from "./build.mjs";

const modules = await bundle("./verdicts-worker.mjs");
const miniflare = new Miniflare({ modules, modulesRoot: "/", compatibilityDate: "2026-07-01" });
const response = await miniflare.dispatchFetch("http://verdicts/", { method: "POST", body: await text(process.stdin) });
process.stdout.write(await response.text());
await miniflare.dispose();
