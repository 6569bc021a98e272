// What the demo asks of every engine: the verdict on each token, and what it cost.

import { AgentIdError, verifyToken } from "agentid-wasm";

const RUNS = 51;

/**
 * Codes and microseconds, a line for each token. The question: `{ now, trusted: [hex], tokens: [hex] }`.
 */
export function answer({ now, trusted, tokens }) {
  const lines = tokens.map((digits) => {
    const times = Array.from({ length: RUNS }, () => {
      const start = performance.now();
      codeOf(digits, trusted, now);
      return performance.now() - start;
    });
    const median = times.sort((a, b) => a - b)[(RUNS - 1) / 2];
    return `${codeOf(digits, trusted, now)} ${(median * 1e3).toFixed(1)}`;
  });
  return lines.join("\n");
}

function codeOf(token, trusted, now) {
  try {
    verifyToken(token, trusted, { now });
    return 0;
  } catch (error) {
    if (error instanceof AgentIdError) return error.code;
    throw error;
  }
}
