// Identities and minting.

import * as check from "./check.js";
import * as core from "./core.js";
import { ask, unixNow, wiped, writeTexts } from "./internal.js";
import { Writer } from "./record.js";

const MINTING = ["maxCalls", "now", "scopes", "tokenId", "ttlSeconds"];
/** The source of a key: a seed, or none; a secret key; a seed of any length. */
const [SEED, SECRET, WEAK_SEED] = [0, 1, 2];

/** Who mints. The secret is in the module's memory and in no property. */
export class AgentIdentity {
  // Declared fields: an assignment to an undeclared one would run an inherited setter.
  name;
  project;
  fingerprint;
  #identity;

  /** @internal */
  constructor(name, project, identity) {
    if (!(identity instanceof core.Identity)) throw new TypeError("use AgentIdentity.derive or .fromSecret");
    this.#identity = identity;
    this.name = name;
    this.project = project;
    this.fingerprint = core.fingerprint(identity.publicKey());
    Object.freeze(this);
  }

  /** A copy each time: bytes cannot be frozen. */
  get publicKey() {
    return this.#identity.publicKey();
  }

  static derive(name, project, seed) {
    return made(name, project, SEED, (record) => record.optional(seed, () => writeSeed(record, seed)));
  }

  static deriveWithWeakSeed(name, project, seed) {
    return made(name, project, WEAK_SEED, (record) => writeSeed(record.number(1), seed));
  }

  static fromSecret(name, project, secret) {
    return made(name, project, SECRET, (record) => record.number(1).key("secret", secret));
  }

  mintToken(options) {
    const given = check.options("options", MINTING, options);
    const record = writeTexts(new Writer(), "scopes", given.scopes)
      .number(check.optional(check.time, "now", given.now) ?? unixNow())
      .optional(check.optional(check.tokenId, "tokenId", given.tokenId))
      .optional(check.optional(check.u64, "ttlSeconds", given.ttlSeconds))
      .optional(check.optional(check.u32, "maxCalls", given.maxCalls));
    return ask(() => this.#identity.mint(record.finish()));
  }
}

/** `write` adds the source of the key, which may be missing. */
function made(name, project, kind, write) {
  check.string("name", name);
  check.string("project", project);
  return wiped((record) => {
    write(record.text(name).text(project).number(kind));
    return new AgentIdentity(name, project, ask(() => new core.Identity(record.finish())));
  });
}

/** Bytes, or text as UTF-8. */
function writeSeed(record, seed) {
  if (typeof seed === "string") return record.text(check.string("seed", seed));
  return record.bytes(check.bytes("seed", seed));
}
