// The passport check, for any fetch handler and for Hono.

import { type Admitted, authorizationToken, type Claims } from "agentid-wasm";
import type { MiddlewareHandler } from "hono";
import type { Env } from "./env.js";
import { problem, Refusal, refusalOf } from "./refusal.js";
import { gateOf } from "./trust.js";

/** The longest `Authorization` header that is looked at: a token of 4 KB has 5,462 characters, in hexadecimal 8,192. */
const MAX_HEADER_LENGTH = 8_300;

/** The token of a request. */
function tokenOf(request: Request): Uint8Array {
  const header = request.headers.get("authorization") ?? "";
  if (header.length > MAX_HEADER_LENGTH) throw new Refusal(401, 2, "too-long", "the Authorization header is too long");
  return authorizationToken(header);
}

/** Who is calling. Nothing may be done on it: no use is counted. */
export async function identify(request: Request, env: Env): Promise<Claims> {
  const gate = await gateOf(env);
  return gate.check(tokenOf(request), []).admit(0).claims;
}

/**
 * Decides whether a call that needs all of these scopes may pass, and counts it. If the ledger cannot be reached, it may not.
 *
 * @throws what {@link refusalOf} understands
 */
export async function admit(request: Request, env: Env, scopes: readonly string[]): Promise<Admitted> {
  const gate = await gateOf(env);
  const checked = gate.check(tokenOf(request), scopes);
  const { issuer, tokenId, limit, until } = checked.demand;
  if (limit === undefined) return checked.admit(0);
  let earlier: number;
  try {
    const ledger = env.LEDGER.get(env.LEDGER.idFromName(issuer));
    earlier = await ledger.count(tokenId, until);
  } catch {
    throw new Refusal(503, 230, "ledger-unreachable", "the use could not be counted");
  }
  return checked.admit(earlier);
}

/** The log line of a call: who made it, for what, and what came of it. Never the token. */
export function log(what: string, scopes: readonly string[], outcome: Claims | Refusal): void {
  const of =
    outcome instanceof Refusal
      ? { code: outcome.code, refused: outcome.name }
      : { code: 0, agent: outcome.name, project: outcome.project, fingerprint: outcome.fingerprint };
  console.log(JSON.stringify({ event: "call", what, scopes, ...of }));
}

/** Hono: calls that may not pass are answered here; others find `claims` and `callsLeft` in the context. */
export function agentid(scope: string, ...more: string[]): MiddlewareHandler<{
  Bindings: Env;
  Variables: { claims: Claims; callsLeft: number | undefined };
}> {
  const scopes = [scope, ...more];
  return async (context, next) => {
    try {
      const { claims, callsLeft } = await admit(context.req.raw, context.env, scopes);
      log(context.req.path, scopes, claims);
      context.set("claims", claims);
      context.set("callsLeft", callsLeft);
    } catch (error) {
      const refusal = refusalOf(error);
      log(context.req.path, scopes, refusal);
      return problem(refusal);
    }
    await next();
    return undefined;
  };
}
