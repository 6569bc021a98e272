// Identities and minting.

import * as check from "./check.js";
import * as core from "./core.js";
import { ask, unixNow } from "./internal.js";
import { Writer } from "./record.js";

const MINTING = ["maxCalls", "now", "scopes", "tokenId", "ttlSeconds"];

/** Who mints. The secret is in the module's memory and in no property. */
export class AgentIdentity {
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
    check.string("name", name);
    check.string("project", project);
    const secret = typeof seed === "string" ? new TextEncoder().encode(check.string("seed", seed)) : seed;
    const bytes = check.optional(check.bytes, "seed", secret);
    return made(name, project, 0, bytes);
  }

  static fromSecret(name, project, secret) {
    check.string("name", name);
    check.string("project", project);
    return made(name, project, 1, check.key("secret", secret));
  }

  mintToken(options) {
    const { scopes, ttlSeconds, maxCalls, now, tokenId } = check.options("options", MINTING, options);
    const wanted = check.strings("scopes", scopes);
    const record = new Writer()
      .texts(wanted)
      .number(check.optional(check.time, "now", now) ?? unixNow())
      .optional(check.optional(check.u64, "ttlSeconds", ttlSeconds))
      .optional(check.optional(check.u32, "maxCalls", maxCalls))
      .optional(check.optional(check.tokenId, "tokenId", tokenId));
    return ask(() => this.#identity.mint(record.finish()));
  }
}

/** From a secret, or from a seed that may be missing. */
function made(name, project, isSecret, bytes) {
  const record = new Writer().text(name).text(project).number(isSecret);
  record.optional(bytes, (present) => record.bytes(present));
  return new AgentIdentity(name, project, ask(() => new core.Identity(record.finish())));
}
