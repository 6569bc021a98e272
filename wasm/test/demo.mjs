// Answers the demo's question, on standard input, in Node.

import { text } from "node:stream/consumers";
import * as api from "agentid-wasm";
import { answer } from "../../tests/js/answer.mjs";

console.log(answer(api, JSON.parse(await text(process.stdin))));
