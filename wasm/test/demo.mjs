// Verifies the tokens that the demo gives it, and says what each verdict cost: code and microseconds, a line each.
//
// Standard input: `{ "now": seconds, "trusted": [hex], "tokens": [hex] }`.

import { readFileSync } from "node:fs";
import { AgentIdError, verifyToken } from "agentid-wasm";

const RUNS = 51;
const { now, trusted, tokens } = JSON.parse(readFileSync(0, "utf8"));

function codeOf(token) {
  try {
    verifyToken(token, trusted, { now });
    return 0;
  } catch (error) {
    if (error instanceof AgentIdError) return error.code;
    throw error;
  }
}

for (const token of tokens.map((digits) => Uint8Array.from(Buffer.from(digits, "hex")))) {
  const times = Array.from({ length: RUNS }, () => {
    const start = performance.now();
    codeOf(token);
    return performance.now() - start;
  });
  const median = times.sort((a, b) => a - b)[(RUNS - 1) / 2];
  console.log(codeOf(token), (median * 1e3).toFixed(1));
}
