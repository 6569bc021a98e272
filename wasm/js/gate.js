// Admission, and the trust bundles that it rests on.

import * as check from "./check.js";
import * as core from "./core.js";
import { ask, tokenBytes, unixNow } from "./internal.js";
import { Claims } from "./tokens.js";

const TIME_POLICIES = ["require-known", "allow-lower-bound", "allow-unknown"];
const COUNTINGS = ["budget", "single-use"];
const LEDGER_SLOTS = [2, 8, 1024];
const SETTINGS = ["now", "clock", "clockSkewSeconds", "maxLifetimeSeconds", "maxTokenLength", "notIssuedBefore"];

/** What is known of the time, as kind and seconds: `now`, or a `clock` that knows less. */
function clockOf({ now, clock }) {
  if (clock === undefined) return [0, check.optional(check.time, "now", now) ?? unixNow()];
  if (now !== undefined) throw new TypeError("give now or clock, not both");
  if (clock === "unknown") return [2, 0n];
  const { known, atLeast } = check.object("clock", clock);
  if (known !== undefined && atLeast === undefined) return [0, check.time("clock.known", known)];
  if (atLeast !== undefined && known === undefined) return [1, check.time("clock.atLeast", atLeast)];
  throw new TypeError('clock: expected { known }, { atLeast } or "unknown"');
}

/** Frees what the module lent for the time of a call. */
function using(borrowed, use) {
  try {
    return use(borrowed);
  } finally {
    borrowed.free();
  }
}

function admitted(token, answer) {
  return using(answer, () => Object.freeze({ claims: new Claims(token, answer.takeClaims()), callsLeft: answer.callsLeft }));
}

/** Who may pass: trust from a signed bundle, a policy, and perhaps a ledger of uses. */
export class Gate {
  #gate;

  constructor(options) {
    const { bundle, authority, lowestEpoch, ledger, timePolicy, counting, ...rest } = check.object("options", options);
    check.only("options", SETTINGS, rest);
    const settings = new core.GateOptions();
    try {
      settings.clockSkewSeconds = check.optional(check.u32, "clockSkewSeconds", rest.clockSkewSeconds);
      settings.maxLifetimeSeconds = check.optional(check.u64, "maxLifetimeSeconds", rest.maxLifetimeSeconds);
      settings.maxTokenLength = check.optional(check.u32, "maxTokenLength", rest.maxTokenLength);
      settings.notIssuedBefore = check.optional(check.time, "notIssuedBefore", rest.notIssuedBefore);
      settings.timePolicy = check.oneOf("timePolicy", TIME_POLICIES, timePolicy === undefined ? "require-known" : timePolicy);
      settings.singleUse = check.oneOf("counting", COUNTINGS, counting === undefined ? "budget" : counting) === 1;
      const { slots, window, ...others } = check.object("ledger", ledger === undefined ? {} : ledger);
      check.only("ledger", [], others);
      if (slots !== undefined && window !== undefined) throw new TypeError("ledger: expected slots or window, not both");
      settings.filterWindow = check.optional(check.u32, "ledger.window", window);
      settings.ledgerSlots = slots === undefined ? 0 : LEDGER_SLOTS[check.oneOf("ledger.slots", LEDGER_SLOTS, slots)];
      const [kind, time] = clockOf(rest);
      const lowest = check.optional(check.u64, "lowestEpoch", lowestEpoch) ?? 0n;
      const bytes = check.bytes("bundle", bundle);
      this.#gate = ask(() => core.Gate.open(bytes, check.key("authority", authority), kind, time, lowest, settings));
    } finally {
      settings.free();
    }
  }

  /** The epoch of the bundle in force. */
  get epoch() {
    return this.#gate.epoch;
  }

  setBundle(bundle, options = {}) {
    const [kind, time] = clockOf(check.object("options", options));
    ask(() => this.#gate.setBundle(check.bytes("bundle", bundle), kind, time));
  }

  admit(token, scopes, options = {}) {
    const bytes = tokenBytes(token);
    const [kind, time] = clockOf(check.object("options", options));
    return admitted(bytes, ask(() => this.#gate.admit(bytes, check.strings("scopes", scopes), kind, time)));
  }

  check(token, scopes, options = {}) {
    const bytes = tokenBytes(token);
    const [kind, time] = clockOf(check.object("options", options));
    return new Checked(bytes, ask(() => this.#gate.check(bytes, check.strings("scopes", scopes), kind, time)));
  }
}

/** A call that may pass once its use has been counted, wherever that is. */
class Checked {
  #token;
  #pending;

  constructor(token, pending) {
    this.#token = token;
    this.#pending = pending;
    this.demand = Object.freeze({
      issuer: check.hex(pending.issuer),
      tokenId: pending.tokenId.toString(16).padStart(16, "0"),
      limit: pending.limit,
      until: Number(pending.until),
    });
    Object.freeze(this);
  }

  admit(earlierUses) {
    const uses = check.u32("earlierUses", earlierUses);
    const pending = this.#pending;
    if (pending === undefined) throw new TypeError("this call was decided already");
    this.#pending = undefined;
    return admitted(this.#token, ask(() => pending.admit(uses)));
  }
}

/** Signs a trust bundle: what an authority does, offline. */
export function signBundle(options) {
  const { authoritySecret, epoch, issuedAt, notAfter, issuers, revokedIssuers, revokedTokens } = check.object(
    "options",
    options,
  );
  const secret = check.key("authoritySecret", authoritySecret);
  const number = check.u64("epoch", epoch);
  const [from, until] = [check.time("issuedAt", issuedAt), check.time("notAfter", notAfter)];
  return builder({ issuers, revokedIssuers, revokedTokens }, (content) => ask(() => content.sign(secret, number, from, until)));
}

/** Checks issuers as a trust set of their own: bad names, a key twice, a key that everybody can derive. */
export function checkIssuers(issuers) {
  builder({ issuers }, (content) => using(content, () => ask(() => content.check())));
}

function builder({ issuers, revokedIssuers, revokedTokens }, use) {
  const content = new core.BundleBuilder();
  for (const issuer of check.array("issuers", issuers ?? [])) {
    const { key, name, project, ceiling, maxLifetimeSeconds, notBefore, notAfter, allowGuessable } = check.object("issuer", issuer);
    ask(() =>
      content.trust(
        check.key("issuer.key", key),
        check.string("issuer.name", name),
        check.string("issuer.project", project),
        check.optional(check.strings, "issuer.ceiling", ceiling),
        check.optional(check.u32, "issuer.maxLifetimeSeconds", maxLifetimeSeconds),
        check.optional(check.time, "issuer.notBefore", notBefore) ?? -(1n << 63n),
        check.optional(check.time, "issuer.notAfter", notAfter) ?? (1n << 63n) - 1n,
        check.optional(check.flag, "issuer.allowGuessable", allowGuessable) ?? false,
      ),
    );
  }
  for (const key of check.array("revokedIssuers", revokedIssuers ?? [])) ask(() => content.revokeIssuer(check.key("revoked issuer", key)));
  for (const token of check.array("revokedTokens", revokedTokens ?? [])) {
    const { issuer, tokenId } = check.object("revoked token", token);
    ask(() => content.revokeToken(check.key("issuer", issuer), check.tokenId("tokenId", tokenId)));
  }
  return use(content);
}

export function authorityPublicKey(secret) {
  return ask(() => core.authorityPublicKey(check.key("secret", secret)));
}

/** Opens a bundle as a gate does, and says what is in it. */
export function readBundle(bundle, options) {
  const { authority, lowestEpoch, ...rest } = check.object("options", options);
  const [kind, time] = clockOf(rest);
  const lowest = check.optional(check.u64, "lowestEpoch", lowestEpoch) ?? 0n;
  const bytes = check.bytes("bundle", bundle);
  return using(
    ask(() => core.readBundle(bytes, check.key("authority", authority), kind, time, lowest)),
    ({ epoch, issuedAt, notAfter, issuers, revocations }) => ({
      epoch,
      issuedAt: Number(issuedAt),
      notAfter: Number(notAfter),
      issuers,
      revocations,
    }),
  );
}
