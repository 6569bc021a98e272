// Answers the vectors on standard input, in Node.

import { text } from "node:stream/consumers";
import * as api from "agentid-wasm";
import { printed } from "./vectors.mjs";

process.stdout.write(printed(api, await text(process.stdin)));
