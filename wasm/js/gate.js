// Admission, and the trust bundles that it rests on.

import * as check from "./check.js";
import * as core from "./core.js";
import { ask, idText, tokenBytes, unixNow } from "./internal.js";
import { Reader, Writer } from "./record.js";
import { Claims } from "./tokens.js";

const TIME_POLICIES = ["require-known", "allow-lower-bound", "allow-unknown"];
const COUNTINGS = ["budget", "single-use"];
const LEDGER_SLOTS = [2, 8, 1024];
const CLOCK = ["now", "clock"];
const SETTINGS = [
  ...CLOCK,
  ...["authority", "bundle", "clockSkewSeconds", "counting", "ledger", "lowestEpoch"],
  ...["maxLifetimeSeconds", "maxTokenLength", "notIssuedBefore", "timePolicy"],
];
const CONTENT = ["authoritySecret", "epoch", "issuedAt", "issuers", "notAfter", "revokedIssuers", "revokedTokens"];
const ISSUER = ["allowGuessable", "ceiling", "key", "maxLifetimeSeconds", "name", "notAfter", "notBefore", "project"];

/** A record that begins with what is known of the time, as kind and seconds. */
function at(options) {
  const [kind, time] = clockOf(options);
  return new Writer().number(kind).number(time);
}

/** `now`, or a `clock` that knows less. */
function clockOf({ now, clock }) {
  if (clock === undefined) return [0, check.optional(check.time, "now", now) ?? unixNow()];
  if (now !== undefined) throw new TypeError("give now or clock, not both");
  if (clock === "unknown") return [2, 0n];
  const { known, atLeast } = check.options("clock", ["known", "atLeast"], clock);
  if (known !== undefined && atLeast === undefined) return [0, check.time("clock.known", known)];
  if (atLeast !== undefined && known === undefined) return [1, check.time("clock.atLeast", atLeast)];
  throw new TypeError('clock: expected { known }, { atLeast } or "unknown"');
}

function admitted(token, passport) {
  return Object.freeze({ claims: new Claims(token, passport), callsLeft: passport.callsLeft() });
}

/** Who may pass: trust from a signed bundle, a policy, and perhaps a ledger of uses. */
export class Gate {
  #gate;

  constructor(options) {
    const given = check.options("options", SETTINGS, options);
    const { bundle, authority, lowestEpoch, ledger, timePolicy, counting, ...rest } = given;
    const policy = check.oneOf("timePolicy", TIME_POLICIES, timePolicy === undefined ? "require-known" : timePolicy);
    const isSingleUse = check.oneOf("counting", COUNTINGS, counting === undefined ? "budget" : counting);
    const [ledgerKind, ledgerSize] = ledgerOf(check.options("ledger", ["slots", "window"], ledger === undefined ? {} : ledger));
    const settings = at(rest)
      .bytes(check.key("authority", authority))
      .number(check.optional(check.u64, "lowestEpoch", lowestEpoch) ?? 0n)
      .number(ledgerKind)
      .number(ledgerSize)
      .number(policy)
      .number(isSingleUse)
      .optional(check.optional(check.u32, "clockSkewSeconds", rest.clockSkewSeconds))
      .optional(check.optional(check.u64, "maxLifetimeSeconds", rest.maxLifetimeSeconds))
      .optional(check.optional(check.u32, "maxTokenLength", rest.maxTokenLength))
      .optional(check.optional(check.time, "notIssuedBefore", rest.notIssuedBefore));
    const bytes = check.bytes("bundle", bundle);
    this.#gate = ask(() => new core.Gate(bytes, settings.finish()));
  }

  /** The epoch of the bundle in force. */
  get epoch() {
    return this.#gate.epoch();
  }

  setBundle(bundle, options = {}) {
    const time = at(check.options("options", CLOCK, options)).finish();
    const bytes = check.bytes("bundle", bundle);
    ask(() => this.#gate.setBundle(bytes, time));
  }

  admit(token, scopes, options = {}) {
    const bytes = tokenBytes(token);
    const call = at(check.options("options", CLOCK, options)).texts(check.strings("scopes", scopes)).finish();
    return admitted(bytes, ask(() => this.#gate.admit(bytes, call)));
  }

  check(token, scopes, options = {}) {
    const bytes = tokenBytes(token);
    const call = at(check.options("options", CLOCK, options)).texts(check.strings("scopes", scopes)).finish();
    return new Checked(bytes, ask(() => this.#gate.check(bytes, call)));
  }
}

/** Kind and size of a ledger: 0 and slots, of which none means that uses are counted elsewhere; or 1 and seconds. */
function ledgerOf({ slots, window }) {
  if (slots !== undefined && window !== undefined) throw new TypeError("ledger: expected slots or window, not both");
  if (window !== undefined) return [1, check.u32("ledger.window", window)];
  return [0, slots === undefined ? 0 : LEDGER_SLOTS[check.oneOf("ledger.slots", LEDGER_SLOTS, slots)]];
}

/** A call that may pass once its use has been counted, wherever that is. */
class Checked {
  #token;
  #pending;

  constructor(token, pending) {
    this.#token = token;
    this.#pending = pending;
    const demand = new Reader(pending.demand());
    this.demand = Object.freeze({
      issuer: check.hex(demand.bytes()),
      tokenId: idText(demand.number()),
      limit: demand.optional(),
      until: demand.time(),
    });
    Object.freeze(this);
  }

  admit(earlierUses) {
    const uses = check.u32("earlierUses", earlierUses);
    const pending = this.#pending;
    if (pending === undefined) throw new TypeError("this call was decided already");
    this.#pending = undefined;
    ask(() => pending.admit(uses));
    return admitted(this.#token, pending);
  }
}

/** Signs a trust bundle: what an authority does, offline. */
export function signBundle(options) {
  const { authoritySecret, epoch, issuedAt, notAfter, issuers, revokedIssuers, revokedTokens } = check.options(
    "options",
    CONTENT,
    options,
  );
  const record = withIssuers(issuers);
  record.list(check.array("revokedIssuers", revokedIssuers ?? []), (key) => record.bytes(check.key("revoked issuer", key)));
  record.list(check.array("revokedTokens", revokedTokens ?? []), (token) => {
    const { issuer, tokenId } = check.options("revoked token", ["issuer", "tokenId"], token);
    record.bytes(check.key("issuer", issuer)).number(check.tokenId("tokenId", tokenId));
  });
  record
    .bytes(check.key("authoritySecret", authoritySecret))
    .number(check.u64("epoch", epoch))
    .number(check.time("issuedAt", issuedAt))
    .number(check.time("notAfter", notAfter));
  return ask(() => core.signBundle(record.finish()));
}

/** Checks issuers as a trust set of their own: bad names, a key twice, a key that everybody can derive. */
export function checkIssuers(issuers) {
  const record = withIssuers(issuers);
  ask(() => core.checkIssuers(record.finish()));
}

/** A record that begins with two lists: ceilings, and the issuers that they are for. */
function withIssuers(issuers) {
  const listed = check.array("issuers", issuers ?? []).map((issuer) => check.options("issuer", ISSUER, issuer));
  const record = new Writer();
  record.list(listed, ({ ceiling }) =>
    record.optional(check.optional(check.strings, "issuer.ceiling", ceiling), (scopes) => record.texts(scopes)),
  );
  return record.list(listed, ({ key, name, project, maxLifetimeSeconds, notBefore, notAfter, allowGuessable }) =>
    record
      .bytes(check.key("issuer.key", key))
      .text(check.string("issuer.name", name))
      .text(check.string("issuer.project", project))
      .number(check.optional(check.time, "issuer.notBefore", notBefore) ?? -(1n << 63n))
      .number(check.optional(check.time, "issuer.notAfter", notAfter) ?? (1n << 63n) - 1n)
      .optional(check.optional(check.u32, "issuer.maxLifetimeSeconds", maxLifetimeSeconds))
      .number(check.optional(check.flag, "issuer.allowGuessable", allowGuessable) ? 1 : 0),
  );
}

export function authorityPublicKey(secret) {
  const bytes = check.key("secret", secret);
  return ask(() => core.authorityPublicKey(bytes));
}

/** Opens a bundle as a gate does, and says what is in it. */
export function readBundle(bundle, options) {
  const { authority, lowestEpoch, ...rest } = check.options(
    "options",
    [...CLOCK, "authority", "lowestEpoch"],
    options,
  );
  const record = at(rest)
    .bytes(check.key("authority", authority))
    .number(check.optional(check.u64, "lowestEpoch", lowestEpoch) ?? 0n);
  const bytes = check.bytes("bundle", bundle);
  const said = new Reader(ask(() => core.readBundle(bytes, record.finish())));
  return {
    epoch: said.number(),
    issuedAt: said.time(),
    notAfter: said.time(),
    issuers: said.small(),
    revocations: said.small(),
  };
}
