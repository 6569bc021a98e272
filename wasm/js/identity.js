// Identities and minting.

import * as check from "./check.js";
import * as core from "./core.js";
import { ask, unixNow } from "./internal.js";

/** Who mints. The secret is in the module's memory and in no property. */
export class AgentIdentity {
  #identity;

  /** @internal */
  constructor(name, project, identity) {
    if (!(identity instanceof core.Identity)) throw new TypeError("use AgentIdentity.derive or .fromSecret");
    this.#identity = identity;
    this.name = name;
    this.project = project;
    this.fingerprint = identity.fingerprint;
    Object.freeze(this);
  }

  /** A copy each time: bytes cannot be frozen. */
  get publicKey() {
    return this.#identity.publicKey;
  }

  static derive(name, project, seed) {
    check.string("name", name);
    check.string("project", project);
    const secret = typeof seed === "string" ? new TextEncoder().encode(check.string("seed", seed)) : seed;
    const bytes = check.optional(check.bytes, "seed", secret);
    return new AgentIdentity(name, project, ask(() => core.Identity.derive(name, project, bytes)));
  }

  static fromSecret(name, project, secret) {
    check.string("name", name);
    check.string("project", project);
    const bytes = check.key("secret", secret);
    return new AgentIdentity(name, project, ask(() => core.Identity.fromSecret(name, project, bytes)));
  }

  mintToken(options) {
    const { scopes, ttlSeconds, maxCalls, now, tokenId } = check.object("options", options);
    const wanted = check.strings("scopes", scopes);
    const id = check.optional(check.tokenId, "tokenId", tokenId);
    return ask(() =>
      this.#identity.mint(
        wanted,
        check.optional(check.time, "now", now) ?? unixNow(),
        check.optional(check.u64, "ttlSeconds", ttlSeconds),
        check.optional(check.u32, "maxCalls", maxCalls),
        id,
      ),
    );
  }
}
