// Answers the vectors on standard input, in Node.

import { text } from "node:stream/consumers";
import { precomputeKeys, printed } from "../../tests/js/vectors.mjs";

// Another build of the package, or this one.
const api = await import(process.env.AGENTID_PACKAGE ?? "agentid-wasm");
const question = await text(process.stdin);
// Some issuers are known in advance, and some are not.
precomputeKeys(api, question, 4);
process.stdout.write(printed(api, question));
