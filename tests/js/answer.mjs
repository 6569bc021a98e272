// What the demo asks of every engine: the verdict on each token, and what it cost.

const RUNS = 51;

/**
 * `api` is the package. Codes and microseconds, a line for each token. The question: `{ now, trusted: [hex], tokens: [hex] }`.
 */
export function answer(api, { now, trusted, tokens }) {
  const lines = tokens.map((digits) => {
    const times = Array.from({ length: RUNS }, () => {
      const start = performance.now();
      codeOf(api, digits, trusted, now);
      return performance.now() - start;
    });
    const median = times.sort((a, b) => a - b)[(RUNS - 1) / 2];
    return `${codeOf(api, digits, trusted, now)} ${(median * 1e3).toFixed(1)}`;
  });
  return lines.join("\n");
}

function codeOf(api, token, trusted, now) {
  try {
    api.verifyToken(token, trusted, { now });
    return 0;
  } catch (error) {
    if (error instanceof api.AgentIdError) return error.code;
    throw error;
  }
}
