// Answers the vectors on standard input, in workerd.

import { text } from "node:stream/consumers";
import { inWorkerd } from "./in-workerd.mjs";

process.stdout.write(await inWorkerd("./agreement-worker.mjs", await text(process.stdin)));
