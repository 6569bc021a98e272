// Answers the vectors on standard input, in Node.

import { readFileSync } from "node:fs";
import * as api from "agentid-wasm";
import { printed } from "./vectors.mjs";

process.stdout.write(printed(api, readFileSync(0, "utf8")));
