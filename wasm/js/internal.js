// What the parts of the API share: asking the module, and what goes in and comes out.

import * as check from "./check.js";
import * as core from "./core.js";
import { AgentIdError } from "./errors.js";

/** Runs a call of the module; a refusal, which it throws as a code, becomes an `AgentIdError`. */
export function ask(call) {
  try {
    return call();
  } catch (thrown) {
    if (typeof thrown !== "number") throw thrown;
    const name = core.errorName(thrown) ?? "unknown";
    throw new AgentIdError(thrown, name, core.errorStatus(thrown) ?? 500, core.errorMessage(thrown) ?? name);
  }
}

/** Unix seconds, at the moment of the call: Workers know no other time. */
export function unixNow() {
  return BigInt(Math.floor(Date.now() / 1000));
}

/** A token as bytes, from bytes or any of the text forms. */
export function tokenBytes(token) {
  if (typeof token === "string") return ask(() => core.readText(check.string("token", token)));
  if (token instanceof Uint8Array) return check.bytes("token", token);
  throw new TypeError("token: expected a Uint8Array or a string in base64url, base64 or hexadecimal");
}

/** Numbers are exact up to 2^53 seconds, 285 million years; what lies beyond is rounded. */
export function fields(token) {
  const parsed = ask(() => new core.Parsed(token));
  try {
    const { issuer } = parsed;
    return {
      name: parsed.name,
      project: parsed.project,
      scopes: Object.freeze(parsed.scopes),
      issuedAt: Number(parsed.issuedAt),
      expiresAt: Number(parsed.expiresAt),
      maxCalls: parsed.maxCalls,
      tokenId: parsed.tokenId.toString(16).padStart(16, "0"),
      // A copy each time: bytes cannot be frozen.
      get issuer() {
        return Uint8Array.from(issuer);
      },
      fingerprint: ask(() => core.claimedFingerprint(token)),
    };
  } finally {
    parsed.free();
  }
}
