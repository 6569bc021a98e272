// One JSON line for each decision: the call, its outcome and the caller. A line contains no token
// and no text of a stranger: no path, no header, no name of an unknown tool.

import type { Refusal, Who } from "./refusal.js";

/**
 * `admitted`: the call passed; it was counted, if its token has a budget. `identified`: the caller
 * is known, and no call was admitted. `refused`: no handler ran. `failed`: the call was admitted,
 * and its handler threw.
 */
export type Outcome = "admitted" | "identified" | "refused" | "failed";

export interface Decision {
  readonly what: string;
  readonly scopes?: readonly string[];
  readonly callsLeft?: number | undefined;
}

/**
 * Half of the text of a signature: a caller can choose scopes for `/verify`, and no token may reach
 * the log.
 */
const MAX_SCOPE_LENGTH = 43;

export function logPassed(outcome: "admitted" | "identified", decision: Decision, who: Who): void {
  write(outcome, decision, { code: 0 }, who);
}

export function logRefused(outcome: "refused" | "failed", decision: Decision, { code, name, who, thrown }: Refusal): void {
  write(outcome, decision, { code, reason: name, thrown }, who);
}

function write(outcome: Outcome, { what, scopes = [], callsLeft }: Decision, why: object, who: Who): void {
  const shortened = scopes.map((scope) => (scope.length > MAX_SCOPE_LENGTH ? `${scope.slice(0, MAX_SCOPE_LENGTH)}...` : scope));
  // `JSON.stringify` leaves out undefined fields.
  console.log(JSON.stringify({ event: "decision", outcome, ...why, what, scopes: shortened, callsLeft, ...who }));
}
