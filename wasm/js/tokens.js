// Tokens: parsing, verification, text. It decides nothing about a token: see `agentid-nostd`.

import * as check from "./check.js";
import * as core from "./core.js";
import { ask, fields, tokenBytes, unixNow } from "./internal.js";

/** What a token says. Nobody has verified it, so it permits nothing. */
export function parseToken(token) {
  return Object.freeze(fields(tokenBytes(token)));
}

/** What a trusted issuer signed. */
export class Claims {
  #verified;

  /** @internal */
  constructor(token, verified) {
    if (!(verified instanceof core.Verified)) throw new TypeError("claims come from verifyToken or a Gate");
    this.#verified = verified;
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(fields(token)));
    Object.freeze(this);
  }

  permits(scope) {
    return this.#verified.permits(check.string("scope", scope));
  }
}

export function verifyToken(token, trusted, options = {}) {
  const bytes = tokenBytes(token);
  const keys = Array.from(Array.isArray(trusted) ? trusted : [trusted], (key) => check.key("trusted key", key));
  const { now, clockSkewSeconds, maxLifetimeSeconds, maxTokenLength } = check.object("options", options);
  // One behind the other: a key of another length is refused here, so that it cannot shift the next one.
  for (const key of keys) if (key.length !== 32) ask(() => core.checkKey(key));
  const joined = new Uint8Array(keys.length * 32);
  keys.forEach((key, index) => joined.set(key, index * 32));
  const verified = ask(() =>
    core.verify(
      bytes,
      joined,
      check.optional(check.time, "now", now) ?? unixNow(),
      check.optional(check.u32, "clockSkewSeconds", clockSkewSeconds),
      check.optional(check.u64, "maxLifetimeSeconds", maxLifetimeSeconds),
      check.optional(check.u32, "maxTokenLength", maxTokenLength),
    ),
  );
  return new Claims(bytes, verified);
}

export function decodeToken(text) {
  return ask(() => core.readText(check.string("text", text)));
}

export function encodeToken(token) {
  return ask(() => core.writeText(check.bytes("token", token)));
}

/** The text in the value of an `Authorization` header: it is not looked at. */
export function authorizationText(value) {
  return ask(() => core.authorizationText(check.string("authorization", value)));
}

/** The token in the value of an `Authorization` header. */
export function authorizationToken(value) {
  return ask(() => core.readText(core.authorizationText(check.string("authorization", value))));
}

export function scopeCovers(granted, required) {
  return core.scopeCovers(check.string("granted", granted), check.string("required", required));
}

export function keyFingerprint(key) {
  return ask(() => core.fingerprint(check.key("key", key)));
}
