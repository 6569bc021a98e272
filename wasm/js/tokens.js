// Tokens: parsing, verification, text. It decides nothing about a token: see `agentid-nostd`.

import * as check from "./check.js";
import * as core from "./core.js";
import { ask, fields, tokenBytes, unixNow } from "./internal.js";
import { Writer } from "./record.js";

/** What a token says. Nobody has verified it, so it permits nothing. */
export function parseToken(token) {
  return Object.freeze(fields(tokenBytes(token)));
}

/** What a trusted issuer signed. */
export class Claims {
  #passport;

  /** @internal */
  constructor(token, passport) {
    if (!(passport instanceof core.Passport)) throw new TypeError("claims come from verifyToken or a Gate");
    this.#passport = passport;
    Object.defineProperties(this, Object.getOwnPropertyDescriptors(fields(token)));
    Object.freeze(this);
  }

  permits(scope) {
    return this.#passport.permits(check.string("scope", scope));
  }
}

export function verifyToken(token, trusted, options = {}) {
  const bytes = tokenBytes(token);
  const keys = Array.from(Array.isArray(trusted) ? trusted : [trusted], (key) => check.key("trusted key", key));
  const { now, clockSkewSeconds, maxLifetimeSeconds, maxTokenLength } = check.object("options", options);
  const settings = new Writer();
  settings
    .list(keys, (key) => settings.bytes(key))
    .number(check.optional(check.time, "now", now) ?? unixNow())
    .optional(check.optional(check.u32, "clockSkewSeconds", clockSkewSeconds))
    .optional(check.optional(check.u64, "maxLifetimeSeconds", maxLifetimeSeconds))
    .optional(check.optional(check.u32, "maxTokenLength", maxTokenLength));
  return new Claims(bytes, ask(() => core.verify(bytes, settings.finish())));
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
