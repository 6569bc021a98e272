// The check of a token, for any fetch handler and for Hono.

import {
  type Admitted,
  AgentIdError,
  authorizationToken,
  type Claims,
  type Demand,
  type Gate,
  parseToken,
  type TokenFields,
  type Uncounted,
} from "agentid-wasm";
import type { MiddlewareHandler } from "hono";
import { routePath } from "hono/route";
import type { Env } from "./env.js";
import type { Counted } from "./ledger.js";
import { logPassed, logRefused } from "./log.js";
import { problem, Refusal, refusalOf, type Who } from "./refusal.js";
import { assuredGateOf, gateOf } from "./trust.js";

/**
 * The longest `Authorization` header that is read: a token of 4 KB has 5,462 characters, in
 * hexadecimal 8,192.
 */
const MAX_HEADER_LENGTH = 8_300;

/** The caller. This is no admission, and no use was counted: no call may pass because of it. */
export interface Caller {
  readonly name: string;
  readonly project: string;
  readonly fingerprint: string;
  /** The key, 64 hexadecimal digits. Uses are counted per key and `tokenId`. */
  readonly issuer: string;
  readonly requestedScopes: readonly string[];
  readonly issuedAt: number;
  readonly expiresAt: number;
  /** `undefined` is unlimited. */
  readonly maxCalls: number | undefined;
  readonly tokenId: string;
  /** Returns whether {@link admit} with this scope would reach the count: for lists of tools. */
  wouldPermit(scope: string): boolean;
}

/**
 * Returns the caller, if the gate accepts the token for a call without scopes.
 *
 * @throws a {@link Refusal} that names the caller as far as it is known
 */
export function identify(request: Request, env: Env): Promise<Caller> {
  return identifyFor(request, env, []);
}

/**
 * Returns the caller, if the gate permits all of these scopes. It counts nothing and admits
 * nothing.
 *
 * @throws a {@link Refusal} that names the caller as far as it is known
 */
export function identifyFor(request: Request, env: Env, scopes: readonly string[]): Promise<Caller> {
  return atGate(request, env, (gate, { token }) => callerOf(gate.check(token, { scopes })));
}

/**
 * Decides whether a call that needs all of these scopes may pass, counts it, and writes the log
 * line. A call that cannot be counted is refused.
 *
 * @param what names the call in the log: never text of the caller
 * @throws a {@link Refusal}
 */
export async function admit(request: Request, env: Env, what: string, scopes: readonly string[]): Promise<Admitted> {
  try {
    const admitted = await decide(request, env, scopes);
    logPassed("admitted", { what, scopes, callsLeft: admitted.callsLeft }, whoIs(admitted.claims));
    return admitted;
  } catch (error) {
    const refusal = refusalOf(error);
    logRefused("refused", { what, scopes }, refusal);
    throw refusal;
  }
}

/** {@link admit} without the log line, which is left to the code that calls this. */
export function decide(request: Request, env: Env, scopes: readonly string[]): Promise<Admitted> {
  return atGate(request, env, async (gate, presented) => {
    const uncounted = gate.check(presented.token, { scopes });
    presented.claims = uncounted.claims;
    const { issuer, tokenId, limit, expiresAt, retainUntil } = demandOf(uncounted);
    // Not counted: every number of uses is below the limit.
    if (limit === undefined) return uncounted.admit([0]);
    const count = async (): Promise<Counted> => {
      try {
        return await env.LEDGER.get(env.LEDGER.idFromName(issuer)).count({ tokenId, limit, expiresAt, retainUntil });
      } catch {
        throw new Refusal(503, 230, "ledger-unreachable", "the use could not be counted");
      }
    };
    const [earlier, newest] = await Promise.all([count(), assuredGateOf(env)]);
    if (earlier === "usage-forgotten") throw AgentIdError.fromCode(37);
    // If a newer bundle was found, it decides, over the same count.
    return (newest === gate ? uncounted : newest.check(presented.token, { scopes })).admit([earlier]);
  });
}

/**
 * For Hono: answers refused calls; handlers of others find `claims` and `callsLeft` in the context.
 */
export function agentid(scope: string, ...more: string[]): MiddlewareHandler<{
  Bindings: Env;
  Variables: { claims: Claims; callsLeft: number | undefined };
}> {
  const scopes = [scope, ...more];
  return async (context, next) => {
    try {
      // The pattern: a path is text of the caller.
      const what = `${context.req.method} ${routePath(context)}`;
      const { claims, callsLeft } = await admit(context.req.raw, context.env, what, scopes);
      context.set("claims", claims);
      context.set("callsLeft", callsLeft);
    } catch (error) {
      return problem(refusalOf(error));
    }
    await next();
    return undefined;
  };
}

/** The names of a known caller in a log line. */
export function whoIs({ name, project, fingerprint }: Caller | TokenFields): Who {
  return { agent: name, project, fingerprint };
}

/** The claimed name in a log line, for requests that are refused before a gate reads the token. */
export function whoClaims(request: Request): Who {
  try {
    return whoAsked(tokenOf(request), false);
  } catch {
    return {};
  }
}

function tokenOf(request: Request): Uint8Array {
  const header = request.headers.get("authorization");
  if (header !== null && header.length > MAX_HEADER_LENGTH) throw AgentIdError.fromCode(2);
  return authorizationToken(header);
}

/** The token of a request. */
interface Presented {
  readonly token: Uint8Array;
  /** Who is calling, once the gate has said so. The use may not be counted yet. */
  claims?: Claims;
}

/** Asks the gate about the token of a request. A {@link Refusal} thrown here names the caller. */
async function atGate<T>(request: Request, env: Env, ask: (gate: Gate, presented: Presented) => T | Promise<T>): Promise<T> {
  let presented: Presented | undefined;
  try {
    // First, so that a request without a token costs nothing.
    presented = { token: tokenOf(request) };
    return await ask(await gateOf(env), presented);
  } catch (error) {
    const refusal = refusalOf(error);
    if (presented === undefined) throw refusal;
    const { token, claims } = presented;
    throw refusal.of(claims === undefined ? whoAsked(token, refusal.signatureHeld) : whoIs(claims));
  }
}

/** The names in a log line. Anybody can write a token that names any key as its issuer. */
function whoAsked(token: Uint8Array, signatureHeld: boolean): Who {
  try {
    const fields = parseToken(token);
    return signatureHeld ? whoIs(fields) : { claimedFingerprint: fields.fingerprint };
  } catch {
    return {};
  }
}

/**
 * Returns what must be counted. A Durable Object counts one demand: of several, it could count some
 * and refuse the others.
 */
function demandOf({ demands }: Uncounted): Demand {
  const [demand, ...others] = demands;
  if (demand === undefined || others.length > 0) throw AgentIdError.fromCode(39);
  return demand;
}

/**
 * Returns the agent that signed the token. The result has neither claims nor calls left, so it
 * cannot be taken for an admission.
 */
function callerOf({ claims }: Uncounted): Caller {
  const { name, project, fingerprint, requestedScopes, issuedAt, expiresAt, maxCalls, tokenId } = claims;
  const issuer = Array.from(claims.issuer, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const said = { name, project, fingerprint, issuer, requestedScopes, issuedAt, expiresAt, maxCalls, tokenId };
  return { ...said, wouldPermit: (scope) => claims.permits(scope) };
}
