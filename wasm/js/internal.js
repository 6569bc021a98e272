// What the parts of the API share: asking the module, and what goes in and comes out.

import * as check from "./check.js";
import * as core from "./core.js";
import { AgentIdError } from "./errors.js";
import { Reader } from "./record.js";

/** Runs a call of the module, and nothing else; a refusal, which it throws as a code, becomes an `AgentIdError`. */
export function ask(call) {
  try {
    return call();
  } catch (thrown) {
    if (typeof thrown !== "number") throw thrown;
    const described = core.describeError(thrown);
    if (described === undefined) throw new AgentIdError(thrown, "unknown", 500, "unknown");
    const record = new Reader(described);
    const [status, name, message] = [record.small(), record.text(), record.text()];
    throw new AgentIdError(thrown, name, status, message);
  }
}

/** Unix seconds, at the moment of the call: Workers know no other time. */
export function unixNow() {
  return BigInt(Math.floor(Date.now() / 1000));
}

/** A token as bytes, from bytes or any of the text forms. */
export function tokenBytes(token) {
  if (typeof token === "string") {
    const text = check.string("token", token);
    return ask(() => core.readText(text));
  }
  if (token instanceof Uint8Array) return check.bytes("token", token);
  throw new TypeError("token: expected a Uint8Array or a string in base64url, base64 or hexadecimal");
}

/** What a token says, in the order in which the module says it. */
export function fields(token) {
  const record = new Reader(ask(() => core.parse(token)));
  const said = {
    name: record.text(),
    project: record.text(),
    scopes: Object.freeze(record.texts()),
    issuedAt: record.time(),
    expiresAt: record.time(),
    maxCalls: record.small(),
    tokenId: idText(record.number()),
  };
  const issuer = record.bytes();
  const fingerprint = record.text();
  return {
    ...said,
    // A copy each time: bytes cannot be frozen.
    get issuer() {
      return Uint8Array.from(issuer);
    },
    fingerprint,
  };
}

/** 16 hexadecimal digits. */
export function idText(id) {
  return id.toString(16).padStart(16, "0");
}
