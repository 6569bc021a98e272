// Tokens: parsing, verification, text. It decides nothing about a token: see `agentid-nostd`.

import * as check from "./check.js";
import * as core from "./core.js";
import { CLOCK, ask, longestToken, tokenBytes, tokenText, writeClock, writeToken } from "./internal.js";
import { Reader, Writer } from "./record.js";

/** The limits that a verifier or a gate puts on every token. */
export const POLICY = ["clockSkewSeconds", "maxLifetimeSeconds", "maxTokenLength", "timePolicy"];
const TIME_POLICIES = ["require-known", "allow-lower-bound", "allow-unknown"];
/** The longest value of an `Authorization` header beside its token: the scheme, and spaces. */
const SCHEME = 64;

/** The fields of a token. */
class TokenFields {
  // Declared fields: an assignment to an undeclared one would run an inherited setter.
  name;
  project;
  requestedScopes;
  issuedAt;
  expiresAt;
  maxCalls;
  tokenId;
  fingerprint;
}

/** Fills in the fields of a token, and returns the position of the scopes in the record. */
function fill(fields, record) {
  fields.name = record.text();
  fields.project = record.text();
  fields.issuedAt = record.time();
  fields.expiresAt = record.time();
  fields.maxCalls = record.optional();
  fields.tokenId = record.tokenId();
  const issuer = record.bytes();
  // A copy each time: bytes cannot be frozen.
  Object.defineProperty(fields, "issuer", { __proto__: null, enumerable: true, get: () => issuer.slice() });
  fields.fingerprint = record.text();
  const { at } = record;
  fields.requestedScopes = record.texts();
  return at;
}

/** What a token says. Nobody has verified it, so it permits nothing. */
export function parseToken(token) {
  const record = writeToken(new Writer(), token, longestToken());
  const fields = new TokenFields();
  fill(fields, new Reader(ask(() => core.parse(record.finish()))));
  return Object.freeze(fields);
}

/** Only this module can pass it: shows that claims come from here. */
const VERIFIED = Symbol("verified");

/** What a trusted issuer signed. */
export class Claims extends TokenFields {
  ceiling;
  /** Requested scopes and ceiling, as the module reads them. */
  #scopes;

  /** @internal */
  constructor(verified, record) {
    if (verified !== VERIFIED) throw new TypeError("claims come from verifyToken, a Verifier or a Gate");
    super();
    const scopes = fill(this, record);
    this.ceiling = record.optional(() => record.texts());
    this.#scopes = record.since(scopes);
    Object.freeze(this);
  }

  permits(scope) {
    return core.permits(this.#scopes, check.string("scope", scope));
  }
}

/** Reads claims from the module's answer for a verified token. @internal */
export function claimsFrom(record) {
  return new Claims(VERIFIED, record);
}

export function verifyToken(token, trusted, options = {}) {
  const given = check.options("options", [...POLICY, ...CLOCK], options);
  const record = writePolicy(writeKeys(new Writer(), trusted), given);
  writeClock(writeToken(record, token, longestFor(given)), given);
  return claimsFrom(new Reader(ask(() => core.verify(record.finish()))));
}

/** The same issuers and the same policy for many tokens. */
export class Verifier {
  /** Keys and policy, as the module reads them. */
  #trust = new Writer();
  #longest;

  constructor(keys, policy = {}) {
    const given = check.options("policy", POLICY, policy);
    this.#longest = longestFor(given);
    writePolicy(writeKeys(this.#trust, keys), given);
    ask(() => core.checkKeys(this.#trust.finish()));
  }

  verify(token, options = {}) {
    const given = check.options("options", CLOCK, options);
    const record = writeClock(writeToken(new Writer().append(this.#trust), token, this.#longest), given);
    return claimsFrom(new Reader(ask(() => core.verify(record.finish()))));
  }
}

/** One key, or a list of them. */
function writeKeys(record, keys) {
  const write = (key) => record.key("trusted key", key);
  if (!Array.isArray(keys)) return record.list(() => (write(keys), 1));
  return record.list(() => check.list("trusted keys", "", keys, write));
}

/** The length in bytes beyond which a token is too long for a policy. */
export function longestFor(policy) {
  return core.longestToken(check.optional(check.u32, "maxTokenLength", policy.maxTokenLength));
}

function timePolicy(what, value) {
  return check.oneOf(what, TIME_POLICIES, value);
}

/**
 * Writes skew, lifetime, length and time policy: the core's default applies to each that is not
 * set.
 */
export function writePolicy(record, policy) {
  return record
    .optional(check.optional(check.u32, "clockSkewSeconds", policy.clockSkewSeconds))
    .optional(check.optional(check.u64, "maxLifetimeSeconds", policy.maxLifetimeSeconds))
    .optional(check.optional(check.u32, "maxTokenLength", policy.maxTokenLength))
    .number(check.optional(timePolicy, "timePolicy", policy.timePolicy) ?? 0);
}

export function decodeToken(text) {
  const checked = tokenText("text", text);
  return ask(() => core.readText(checked));
}

export function encodeToken(token) {
  const checked = tokenBytes("token", token);
  return ask(() => core.writeText(checked));
}

/** The value of an `Authorization` header. A missing one counts as empty. */
function header(value) {
  return tokenText("authorization", value ?? "", longestToken() + SCHEME / 2);
}

/** The text in the value of an `Authorization` header: it is not looked at. */
export function authorizationText(value) {
  const checked = header(value);
  return ask(() => core.authorizationText(checked));
}

/** The token in the value of an `Authorization` header. */
export function authorizationToken(value) {
  const checked = header(value);
  return ask(() => core.readText(core.authorizationText(checked)));
}

export function scopeCovers(granted, required) {
  return core.scopeCovers(check.string("granted", granted), check.string("required", required));
}

export function keyFingerprint(key) {
  const checked = check.key("key", key);
  return ask(() => core.fingerprint(checked));
}

export function precomputeIssuer(key) {
  const checked = check.key("key", key);
  ask(() => core.precomputeIssuer(checked));
}
