// For callers without the package: names the caller, and answers whether scopes are permitted. The
// token is in the header, the scopes are in the body.

import { identify, identifyFor, whoIs } from "./agentid.js";
import type { Env } from "./env.js";
import { invalidMessage, jsonObject, own } from "./json.js";
import { logPassed, logRefused } from "./log.js";
import { problem, type Refusal, refusalOf } from "./refusal.js";

const MAX_SCOPES = 32;
/** The longest scope of a body, in characters: in a token a scope has at most 255 bytes. */
const MAX_SCOPE_LENGTH = 255;

/**
 * Answers one request: 200 if the gate permits every scope of the body, otherwise a problem. It
 * counts nothing.
 */
export async function verify(request: Request, env: Env, what: string): Promise<Response> {
  let scopes: readonly string[] = [];
  try {
    // First, so that the body of a stranger is not read.
    let caller = await identify(request, env);
    try {
      const needed = neededScopes(await jsonObject(request));
      if (needed !== undefined) {
        scopes = needed;
        caller = await identifyFor(request, env, needed);
      }
      logPassed("identified", { what, scopes }, whoIs(caller));
      // JSON leaves out the function, and the field if it is undefined.
      return Response.json({ ...caller, permittedScopes: needed }, { headers: { "cache-control": "no-store" } });
    } catch (error) {
      throw refusalOf(error).of(whoIs(caller));
    }
  } catch (error) {
    const refusal: Refusal = refusalOf(error);
    logRefused("refused", { what, scopes }, refusal);
    return problem(refusal);
  }
}

/** `{ "scopes": [...] }`, or nothing at all. */
function neededScopes(body: Record<string, unknown> | undefined): string[] | undefined {
  if (body === undefined) return undefined;
  const scopes = own(body, "scopes");
  const isScope = (scope: unknown) => typeof scope === "string" && scope.length <= MAX_SCOPE_LENGTH && scope.isWellFormed();
  if (!Array.isArray(scopes) || scopes.length < 1 || scopes.length > MAX_SCOPES || !scopes.every(isScope)) {
    throw invalidMessage(`expected {"scopes": [...]} with 1 to ${MAX_SCOPES} scopes`);
  }
  if (Object.keys(body).length !== 1) throw invalidMessage('expected nothing beside "scopes"');
  return scopes as string[];
}
