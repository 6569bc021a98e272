// Admission: who may pass, and how often.

import * as check from "./check.js";
import { TRUST, bundleBytes, stateFrom, writeAnchor, writeState } from "./bundle.js";
import * as core from "./core.js";
import { CLOCK, ask, writeClock, writeTexts, writeToken } from "./internal.js";
import { Reader, Writer } from "./record.js";
import { POLICY, claimsFrom, longestFor, writePolicy } from "./tokens.js";

const COUNTINGS = ["budget", "single-use"];
/** The kinds of demands, by their number in the core. */
const KINDS = ["token", "grant", "quota"];
const SETTINGS = [...TRUST, ...POLICY, "bundle", "counting", "ledger", "notIssuedBefore"];
const LEDGER = ["bytes", "maxSlotsPerIssuer", "since", "slots", "window"];
/** Kinds of ledgers: none, exact counts, a replay filter. */
const [ELSEWHERE, SLOTS, WINDOW] = [0, 1, 2];
/** Sizes of what lies in the memory of the module. */
const atLeastOne = check.between(1, 0xffff_ffff);
/** Two bytes are one for each half of a filter. */
const filterBytes = check.between(2, 0xffff_ffff);
const DEFAULT_FILTER_BYTES = 2_048;

/** Who may pass: trust from a signed bundle, a policy, and perhaps a ledger of uses. */
export class Gate {
  #gate;
  #longest;
  #hasLedger;

  constructor(options) {
    const given = check.options("options", SETTINGS, options);
    const { counting = "budget" } = given;
    const record = writeAnchor(writeClock(new Writer(), given), given);
    this.#hasLedger = given.ledger !== undefined;
    writeLedger(record, given.ledger);
    writePolicy(record, given)
      .optional(check.optional(check.time, "notIssuedBefore", given.notIssuedBefore))
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
    const time = writeClock(new Writer(), check.options("options", CLOCK, options));
    const bytes = bundleBytes(bundle);
    ask(() => this.#gate.setBundle(bytes, time.finish()));
  }

  /** What is to be stored of the bundle in force. */
  get state() {
    return stateFrom(new Reader(this.#gate.state()));
  }

  prepareHandOver(bundle, options = {}) {
    const time = () => writeClock(new Writer(), check.options("options", CLOCK, options));
    const bytes = bundleBytes(bundle).slice();
    const state = stateFrom(new Reader(ask(() => this.#gate.prepareHandOver(bytes, time().finish()))));
    const adopt = (stored) => {
      const record = writeState(time(), stored);
      ask(() => this.#gate.adoptHandOver(bytes, record.finish()));
    };
    return Object.freeze({ state, adopt });
  }

  admit(token, call, options = {}) {
    if (!this.#hasLedger) {
      throw new TypeError(
        "admit counts uses, and this gate has no ledger: expected the option ledger, such as { slots: 1024, since: ... }, " +
          "or a call of check, if uses are counted elsewhere",
      );
    }
    const record = this.#question(token, call, options);
    const answer = new Reader(ask(() => this.#gate.admit(record.finish())));
    return Object.freeze({ claims: claimsFrom(answer), callsLeft: answer.optional() });
  }

  check(token, call, options = {}) {
    const record = this.#question(token, call, options);
    return new Uncounted(CHECKED, new Reader(ask(() => this.#gate.check(record.finish()))));
  }

  #question(token, call, options) {
    const record = writeClock(new Writer(), check.options("options", CLOCK, options));
    writeCall(record, call);
    return writeToken(record, token, this.#longest);
  }
}

/** Writes what the call needs. An array is none: a call may have more parts than its scopes. */
function writeCall(record, call) {
  if (Array.isArray(call)) check.expected("call", "an object such as { scopes: [...] }", call);
  const { scopes } = check.options("call", ["scopes"], call);
  writeTexts(record, "call.scopes", scopes);
}

/** Kind and size of a ledger, and the time since which it has counted. */
function writeLedger(record, ledger) {
  if (ledger === undefined) return record.number(ELSEWHERE);
  const { slots, maxSlotsPerIssuer, window, bytes, since } = check.options("ledger", LEDGER, ledger);
  if ((slots === undefined) === (window === undefined)) throw new TypeError("ledger: expected either slots or window");
  if (slots !== undefined) {
    if (bytes !== undefined) throw new TypeError("ledger.bytes: expected only with window");
    record.number(SLOTS).number(atLeastOne("ledger.slots", slots));
    record.optional(check.optional(atLeastOne, "ledger.maxSlotsPerIssuer", maxSlotsPerIssuer));
  } else {
    if (maxSlotsPerIssuer !== undefined) throw new TypeError("ledger.maxSlotsPerIssuer: expected only with slots");
    record.number(WINDOW).number(filterBytes("ledger.bytes", bytes ?? DEFAULT_FILTER_BYTES));
    record.number(check.u32("ledger.window", window));
  }
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

/** A token that passed every check, whose use has not been counted yet. */
class Uncounted {
  claims;
  demands;
  #isSingleUse;
  #isDecided = false;

  constructor(checked, record) {
    if (checked !== CHECKED) throw new TypeError("a call is checked by a Gate");
    this.claims = claimsFrom(record);
    this.#isSingleUse = record.small() !== 0;
    this.demands = Object.freeze(Array.from({ length: record.small() }, () => demandFrom(record)));
    Object.freeze(this);
  }

  admit(earlierUses) {
    const uses = [];
    check.list("earlierUses", " with a number for each demand", earlierUses, (value, index) => {
      uses.push(check.u32(`earlierUses[${index}]`, value));
    });
    const { length } = this.demands;
    if (uses.length !== length) throw new TypeError(`earlierUses: expected as many numbers as demands, ${length}, got ${uses.length}`);
    if (this.#isDecided) throw new TypeError("this call was decided already");
    this.#isDecided = true;
    const left = this.demands.map(({ kind, limit }, index) =>
      ask(() => core.count(kind === "quota", this.#isSingleUse, limit, uses[index])),
    );
    return Object.freeze({ claims: this.claims, callsLeft: left[0] });
  }
}

function demandFrom(record) {
  return Object.freeze({
    kind: KINDS[record.small()],
    issuer: check.hex(record.bytes()),
    tokenId: record.tokenId(),
    limit: record.optional(),
    expiresAt: record.time(),
    retainUntil: record.time(),
  });
}
