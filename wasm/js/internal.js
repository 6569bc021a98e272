// Shared by the parts of the API: calls of the module, and their arguments.

import * as check from "./check.js";
import * as core from "./core.js";
import { AgentIdError } from "./errors.js";
import { Writer } from "./record.js";

/** The code of a token that is longer than allowed. */
const TOO_LONG = 2;
/** What the module throws if there is no memory for what was asked for: no code of a refusal. */
const NO_MEMORY = 255;

/** Runs a call of the module, and nothing else; a refusal, which it throws as a code, becomes an `AgentIdError`. */
export function ask(call) {
  try {
    return call();
  } catch (thrown) {
    if (typeof thrown !== "number") throw thrown;
    if (thrown === NO_MEMORY) throw new RangeError("ledger: expected a size that there is memory for");
    throw AgentIdError.fromCode(thrown);
  }
}

/** Unix seconds, at the moment of the call: Workers know no other time. */
export function unixNow() {
  return Math.floor(Date.now() / 1000);
}

/**
 * The length in bytes beyond which a token is too long, for a limit, or for the format without one.
 */
export function longestToken(limit = 0xffff_ffff) {
  return core.longestToken(limit);
}

/** The options for the time. */
export const CLOCK = ["clock", "now"];

/** Writes the clock, as kind and seconds: `now`, or a `clock` that knows less. */
export function writeClock(record, { now, clock }) {
  if (clock === undefined) return record.number(0).number(check.optional(check.time, "now", now) ?? unixNow());
  if (now !== undefined) throw new TypeError("now, clock: expected one of them, got both");
  if (clock === "unknown") return record.number(2).number(0);
  const { known, atLeast } = check.options("clock", ["known", "atLeast"], clock);
  if (known !== undefined && atLeast === undefined) return record.number(0).number(check.time("clock.known", known));
  if (atLeast !== undefined && known === undefined) return record.number(1).number(check.time("clock.atLeast", atLeast));
  throw new TypeError('clock: expected { known }, { atLeast } or "unknown"');
}

/**
 * Writes a token, from bytes or any of the text forms. One that is too long is refused before it is
 * copied.
 */
export function writeToken(record, token, longest) {
  if (typeof token === "string") return record.number(1).text(tokenText("token", token, longest));
  if (check.isBytes(token)) return record.number(0).bytes(tokenBytes("token", token, longest));
  return check.expected("token", "a Uint8Array or a string in base64url, base64 or hexadecimal", token);
}

/** A text that could be a token. The longest form has two digits for each byte. */
export function tokenText(what, text, longest = longestToken()) {
  if (typeof text === "string" && text.length > 2 * longest) throw AgentIdError.fromCode(TOO_LONG);
  return check.string(what, text, 2 * longest);
}

/** Bytes that could be a token. */
export function tokenBytes(what, token, longest = longestToken()) {
  const bytes = check.bytes(what, token, Infinity);
  if (bytes.length > longest) throw AgentIdError.fromCode(TOO_LONG);
  return bytes;
}

/** Writes a list of texts. */
export function writeTexts(record, what, values) {
  return record.list(() =>
    check.list(what, " of strings", values, (value, index) => {
      // The name of an item is built only for an error.
      record.text(typeof value === "string" ? check.string(what, value) : check.string(`${what}[${index}]`, value));
    }),
  );
}

/** Gives `use` a record for a secret, and wipes the record even if `use` throws. */
export function wiped(use) {
  const record = new Writer();
  try {
    return use(record);
  } finally {
    record.wipe();
  }
}
