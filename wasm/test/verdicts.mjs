// Answers the vectors on standard input, in Node.

import { text } from "node:stream/consumers";
import { printed } from "./vectors.mjs";

// Another build of the package, or this one.
const api = await import(process.env.AGENTID_PACKAGE ?? "agentid-wasm");
process.stdout.write(printed(api, await text(process.stdin)));
