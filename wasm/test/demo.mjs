// Answers the demo's question, on standard input, in Node.

import { readFileSync } from "node:fs";
import * as api from "agentid-wasm";
import { answer } from "./answer.mjs";

console.log(answer(api, JSON.parse(readFileSync(0, "utf8"))));
