// What the Worker is bound to; `wrangler.jsonc` says so.

import type { UsageLedger } from "./ledger.js";

export interface Env {
  /** The key that signs trust bundles: 64 hexadecimal digits. */
  readonly AUTHORITY: string;
  /** Holds the newest trust bundle under `bundle`. */
  readonly TRUST: KVNamespace;
  /** Counts uses, one object for each issuer. */
  readonly LEDGER: DurableObjectNamespace<UsageLedger>;
}
