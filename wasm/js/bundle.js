// Trust bundles: an authority signs them, and a gate trusts the issuers in them.

import * as check from "./check.js";
import * as core from "./core.js";
import { CLOCK, ask, unixNow, wiped, writeClock, writeTexts } from "./internal.js";
import { Reader, Writer } from "./record.js";

/** The options for opening a bundle. */
export const TRUST = ["authority", ...CLOCK, "clockSkewSeconds", "newest", "nextAuthority"];
const CONTENT = [
  ...["allowDatedAhead", "authoritySecret", "epoch", "issuedAt", "issuers", "nextAuthority", "notAfter", "now"],
  ...["revokedIssuers", "revokedTokens"],
];
const ISSUER = [
  ...["allowGuessable", "audienceRequired", "ceiling", "depth", "key", "leafBinding", "maxLifetimeSeconds", "name"],
  ...["notAfter", "notBefore", "project", "quota"],
];
/** By their number in the core. */
const BINDINGS = ["none", "any", "payload", "challenge"];
/** The most grants that may follow, and the longest window of a quota in seconds. */
const [MAX_DEPTH, MAX_SECONDS] = [4, 86_400];
/** The longest bundle, in bytes: a quarter of a million issuers, or 400,000 revoked tokens. */
const LONGEST_BUNDLE = 1 << 24;
const [FIRST_SECOND, LAST_SECOND] = [-(1n << 63n), (1n << 63n) - 1n];

/** What is stored of a bundle. */
const STATE = ["authority", "newest", "nextAuthority"];

/** Writes the authority whose bundles are opened, the next one, and the newest bundle seen. */
function writeKnown(record, { authority, nextAuthority, newest }) {
  record.key("authority", authority);
  record.optional(nextAuthority, () => record.bytes(check.digest("nextAuthority", nextAuthority)));
  return record.optional(newest, () => {
    const { epoch, digest } = check.options("newest", ["epoch", "digest"], newest);
    record.number(check.u64("newest.epoch", epoch)).bytes(check.digest("newest.digest", digest));
  });
}

/** Writes a state that was stored. */
export function writeState(record, state) {
  return writeKnown(record, check.options("stored", STATE, state));
}

/** A state, as it is to be stored. It can be spread into the options of a gate. */
export function stateFrom(said) {
  const authority = check.hex(said.bytes());
  const nextAuthority = said.optional(() => check.hex(said.bytes()));
  return Object.freeze({ authority, nextAuthority, newest: Object.freeze({ epoch: said.number(), digest: check.hex(said.bytes()) }) });
}

/** Writes what is known of the authority, and the clock skew. */
export function writeAnchor(record, given) {
  const { clockSkewSeconds } = given;
  writeKnown(record, given);
  return record.optional(check.optional(check.u32, "clockSkewSeconds", clockSkewSeconds));
}

export function bundleBytes(bundle) {
  return check.bytes("bundle", bundle, LONGEST_BUNDLE);
}

/** Opens a bundle as a gate does, and returns its contents. */
export function readBundle(bundle, options) {
  const given = check.options("options", TRUST, options);
  const record = writeAnchor(writeClock(new Writer(), given), given);
  const bytes = bundleBytes(bundle);
  const said = new Reader(ask(() => core.readBundle(bytes, record.finish())));
  const content = {
    epoch: said.number(),
    digest: check.hex(said.bytes()),
    issuedAt: said.time(),
    notAfter: said.time(),
    issuers: said.small(),
    revocations: said.small(),
    nextAuthority: said.optional(() => check.hex(said.bytes())),
  };
  return { ...content, limits: Array.from({ length: content.issuers }, () => limitsFrom(said)) };
}

/** What is required of an issuer's tokens, and how often they may be used. */
function limitsFrom(said) {
  const key = check.hex(said.bytes());
  const [audienceRequired, leafBinding, depth] = [said.small() !== 0, BINDINGS[said.small()], said.small()];
  const [calls, seconds] = [said.optional(), said.optional()];
  return { key, audienceRequired, leafBinding, depth, quota: calls === undefined ? undefined : { calls, seconds } };
}

/** Signs a trust bundle. An authority does this offline. */
export function signBundle(options) {
  const given = check.options("options", CONTENT, options);
  return wiped((record) => {
    writeIssuers(record, given.issuers);
    const revoked = given.revokedIssuers ?? [];
    record.list(() => check.list("revokedIssuers", "", revoked, (key) => record.key("revoked issuer", key)));
    record.list(() =>
      check.list("revokedTokens", "", given.revokedTokens ?? [], (token) => {
        const { issuer, tokenId } = check.options("revoked token", ["issuer", "tokenId"], token);
        record.key("issuer", issuer).number(check.tokenId("tokenId", tokenId));
      }),
    );
    record
      .number(check.u64("epoch", given.epoch))
      .number(check.time("issuedAt", given.issuedAt))
      .number(check.time("notAfter", given.notAfter))
      .number(check.optional(check.time, "now", given.now) ?? unixNow())
      .number(check.optional(check.flag, "allowDatedAhead", given.allowDatedAhead) ? 1 : 0)
      .optional(given.nextAuthority, (key) => record.key("nextAuthority", key));
    record.key("authoritySecret", given.authoritySecret);
    return ask(() => core.signBundle(record.finish()));
  });
}

/**
 * Checks issuers as a trust set of their own. Rejects bad names, a key twice, and a key that
 * everybody can derive.
 */
export function checkIssuers(issuers) {
  const record = writeIssuers(new Writer(), issuers);
  ask(() => core.checkIssuers(record.finish()));
}

/** Two lists: ceilings, and the issuers that they are for. */
function writeIssuers(record, issuers) {
  const rest = new Writer();
  let count = 0;
  const write = (issuer) => {
    const given = check.options("issuer", ISSUER, issuer);
    record.optional(given.ceiling, (scopes) => writeTexts(record, "issuer.ceiling", scopes));
    rest
      .key("issuer.key", given.key)
      .text(check.string("issuer.name", given.name))
      .text(check.string("issuer.project", given.project))
      .number(check.optional(check.time, "issuer.notBefore", given.notBefore) ?? FIRST_SECOND)
      .number(check.optional(check.time, "issuer.notAfter", given.notAfter) ?? LAST_SECOND)
      .optional(check.optional(check.u32, "issuer.maxLifetimeSeconds", given.maxLifetimeSeconds))
      .number(check.optional(check.flag, "issuer.allowGuessable", given.allowGuessable) ? 1 : 0)
      .number(check.optional(check.flag, "issuer.audienceRequired", given.audienceRequired) ? 1 : 0)
      .number(check.oneOf("issuer.leafBinding", BINDINGS, given.leafBinding ?? "none"))
      .number(check.optional(check.between(0, MAX_DEPTH), "issuer.depth", given.depth) ?? 0)
      .optional(given.quota, (quota) => {
        const { calls, seconds } = check.options("issuer.quota", ["calls", "seconds"], quota);
        rest
          .number(check.between(1, 0xffff_ffff)("issuer.quota.calls", calls))
          .number(check.between(1, MAX_SECONDS)("issuer.quota.seconds", seconds));
      });
  };
  record.list(() => (count = check.list("issuers", "", issuers ?? [], write)));
  return record.number(count).append(rest);
}

export function authorityPublicKey(secret) {
  return wiped((record) => {
    record.key("secret", secret);
    return ask(() => core.authorityPublicKey(record.finish()));
  });
}
