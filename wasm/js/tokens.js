// Tokens: parsing, verification, text. It decides nothing about a token: see `agentid-nostd`.

import * as check from "./check.js";
import * as core from "./core.js";
import { ask, fields, tokenBytes, unixNow } from "./internal.js";
import { Writer } from "./record.js";

const POLICY = ["clockSkewSeconds", "maxLifetimeSeconds", "maxTokenLength", "now"];

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
  const { now, clockSkewSeconds, maxLifetimeSeconds, maxTokenLength } = check.options("options", POLICY, options);
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
  const checked = check.string("text", text);
  return ask(() => core.readText(checked));
}

export function encodeToken(token) {
  const checked = check.bytes("token", token);
  return ask(() => core.writeText(checked));
}

/** The text in the value of an `Authorization` header: it is not looked at. */
export function authorizationText(value) {
  const checked = check.string("authorization", value);
  return ask(() => core.authorizationText(checked));
}

/** The token in the value of an `Authorization` header. */
export function authorizationToken(value) {
  const checked = check.string("authorization", value);
  return ask(() => core.readText(core.authorizationText(checked)));
}

export function scopeCovers(granted, required) {
  return core.scopeCovers(check.string("granted", granted), check.string("required", required));
}

export function keyFingerprint(key) {
  const checked = check.key("key", key);
  return ask(() => core.fingerprint(checked));
}

export function pinIssuer(key) {
  const checked = check.key("key", key);
  ask(() => core.pinIssuer(checked));
}
