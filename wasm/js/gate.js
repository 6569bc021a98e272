// Admission: who may pass, and how often.

import * as check from "./check.js";
import { TRUST, at, bundleBytes, writeAnchor } from "./bundle.js";
import * as core from "./core.js";
import { ask, writeTexts, writeToken } from "./internal.js";
import { Reader } from "./record.js";
import { claimsFrom, longestFor, writePolicy } from "./tokens.js";

const TIME_POLICIES = ["require-known", "allow-lower-bound", "allow-unknown"];
const COUNTINGS = ["budget", "single-use"];
const CLOCK = ["now", "clock"];
const SETTINGS = [
  ...TRUST,
  ...["bundle", "clockSkewSeconds", "counting", "ledger"],
  ...["maxLifetimeSeconds", "maxTokenLength", "notIssuedBefore", "timePolicy"],
];
/** Kinds of ledgers: none, exact counts, a replay filter. */
const [ELSEWHERE, SLOTS, WINDOW] = [0, 1, 2];
/** The most tokens that a ledger counts at a time: 32 MB. */
const slotCount = check.between(1, 1_048_576);

/** Who may pass: trust from a signed bundle, a policy, and perhaps a ledger of uses. */
export class Gate {
  #gate;
  #longest;
  #hasLedger;

  constructor(options) {
    const given = check.options("options", SETTINGS, options);
    const { timePolicy = "require-known", counting = "budget" } = given;
    const record = writeAnchor(at(given), given);
    this.#hasLedger = given.ledger !== undefined;
    writeLedger(record, given.ledger);
    writePolicy(record, given)
      .optional(check.optional(check.time, "notIssuedBefore", given.notIssuedBefore))
      .number(check.oneOf("timePolicy", TIME_POLICIES, timePolicy))
      .number(check.oneOf("counting", COUNTINGS, counting));
    this.#longest = longestFor(given);
    const bytes = bundleBytes(given.bundle);
    this.#gate = ask(() => new core.Gate(bytes, record.finish()));
  }

  /** Epoch and digest of the bundle in force. */
  get version() {
    const record = new Reader(this.#gate.version());
    return Object.freeze({ epoch: record.number(), digest: check.hex(record.bytes()) });
  }

  setBundle(bundle, options = {}) {
    const time = at(check.options("options", CLOCK, options));
    const bytes = bundleBytes(bundle);
    ask(() => this.#gate.setBundle(bytes, time.finish()));
  }

  admit(token, scopes, options = {}) {
    if (!this.#hasLedger) {
      throw new TypeError(
        "admit counts uses, and this gate has no ledger: expected the option ledger, such as { slots: 1024, since: ... }, " +
          "or a call of check, if uses are counted elsewhere",
      );
    }
    const call = this.#call(token, scopes, options);
    return admitted(new Reader(ask(() => this.#gate.admit(call.finish()))));
  }

  check(token, scopes, options = {}) {
    const call = this.#call(token, scopes, options);
    return new Checked(CHECKED, new Reader(ask(() => this.#gate.check(call.finish()))));
  }

  #call(token, scopes, options) {
    const record = at(check.options("options", CLOCK, options));
    writeTexts(record, "scopes", scopes);
    return writeToken(record, token, this.#longest);
  }
}

function admitted(record) {
  return Object.freeze({ claims: claimsFrom(record), callsLeft: record.optional() });
}

/** Kind and size of a ledger, and the time since which it has counted. */
function writeLedger(record, ledger) {
  if (ledger === undefined) return record.number(ELSEWHERE);
  const { slots, window, since } = check.options("ledger", ["slots", "window", "since"], ledger);
  if ((slots === undefined) === (window === undefined)) throw new TypeError("ledger: expected either slots or window");
  if (slots !== undefined) record.number(SLOTS).number(slotCount("ledger.slots", slots));
  else record.number(WINDOW).number(check.u32("ledger.window", window));
  if (since === "beginning") return record.optional(undefined);
  if (since === undefined) {
    throw new TypeError(
      'ledger.since: expected "beginning", if the ledger has counted every use so far, as at the first start ever, ' +
        "or the Unix seconds at which it was empty, as after a restart",
    );
  }
  return record.optional(check.time("ledger.since", since));
}

/** Only this module can pass it: shows that a call was checked here. */
const CHECKED = Symbol("checked");

/** A call that may pass once its use has been counted, here or elsewhere. */
class Checked {
  demand;
  /** Not returned before the use has been counted. */
  #claims;
  #isSingleUse;
  #isDecided = false;

  constructor(checked, record) {
    if (checked !== CHECKED) throw new TypeError("a call is checked by a Gate");
    this.#claims = claimsFrom(record);
    this.#isSingleUse = record.small() !== 0;
    const { issuer, tokenId, expiresAt } = this.#claims;
    const [limit, retainUntil] = [record.optional(), record.time()];
    this.demand = Object.freeze({ issuer: check.hex(issuer), tokenId, limit, expiresAt, retainUntil });
    Object.freeze(this);
  }

  admit(earlierUses) {
    const uses = check.u32("earlierUses", earlierUses);
    if (this.#isDecided) throw new TypeError("this call was decided already");
    this.#isDecided = true;
    const callsLeft = ask(() => core.count(this.#isSingleUse, this.#claims.maxCalls, uses));
    return Object.freeze({ claims: this.#claims, callsLeft });
  }
}
