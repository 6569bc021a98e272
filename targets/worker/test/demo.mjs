// Answers the demo's question, on standard input, in workerd.

import { text } from "node:stream/consumers";
import { inWorkerd } from "./in-workerd.mjs";

console.log(await inWorkerd("./demo-worker.mjs", await text(process.stdin)));
