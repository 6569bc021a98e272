// Answers the demo's question, on standard input, in Node.

import { readFileSync } from "node:fs";
import { answer } from "./answer.mjs";

console.log(answer(JSON.parse(readFileSync(0, "utf8"))));
