// The exact count of uses: a Durable Object for each issuer, so that two calls never see the same
// count. It refuses only uses that it cannot count; the gate compares the count with the limit. KV
// is eventually consistent, so it cannot count.

import { DurableObject } from "cloudflare:workers";

/**
 * An alarm removes rows this many milliseconds after they may go, so that one alarm serves many
 * rows.
 */
const SWEEP_AFTER = 10_000;

/** One use of a token, as the gate's demand describes it. Times are Unix seconds. */
export interface Use {
  readonly tokenId: string;
  readonly limit: number;
  readonly expiresAt: number;
  /** The row is kept until then. */
  readonly retainUntil: number;
}

/**
 * The number of uses before this one; or the name of code 37 of SPEC.md, for a use that cannot be
 * counted.
 */
export type Counted = number | "usage-forgotten";

/** Names one bundle: two bundles of one epoch differ in their digest. */
export interface BundleVersion {
  readonly epoch: bigint;
  readonly digest: string;
}

export class UsageLedger extends DurableObject {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as never);
    this.#sql = state.storage.sql;
    this.#sql.exec(`
      CREATE TABLE IF NOT EXISTS counts (
        token_id TEXT PRIMARY KEY, uses INTEGER NOT NULL, expires_at INTEGER NOT NULL, retain_until INTEGER NOT NULL
      ) WITHOUT ROWID;
      CREATE INDEX IF NOT EXISTS counts_by_time ON counts (retain_until);
      CREATE TABLE IF NOT EXISTS forgotten (id INTEGER PRIMARY KEY, expires_at INTEGER NOT NULL);
    `);
  }

  /**
   * Counts one use and returns the number of uses before it. A use beyond the limit is not
   * counted. If the row may have been removed, the use is refused: a removed row looks like a token
   * that was never used.
   */
  async count({ tokenId, limit, expiresAt, retainUntil }: Use): Promise<Counted> {
    if (expiresAt <= this.#latestForgotten() || retainUntil * 1000 <= Date.now()) return "usage-forgotten";
    const [row] = this.#sql.exec<{ uses: number }>("SELECT uses FROM counts WHERE token_id = ?", tokenId).toArray();
    const earlier = row?.uses ?? 0;
    if (earlier >= limit) {
      // Another token with this id may live longer: the count lives as long as each that was
      // presented.
      this.#sql.exec(
        `UPDATE counts SET expires_at = max(expires_at, ?2), retain_until = max(retain_until, ?3)
         WHERE token_id = ?1 AND (expires_at < ?2 OR retain_until < ?3)`,
        tokenId,
        expiresAt,
        retainUntil,
      );
      return earlier;
    }
    this.#sql.exec(
      `INSERT INTO counts (token_id, uses, expires_at, retain_until) VALUES (?1, 1, ?2, ?3)
       ON CONFLICT (token_id) DO UPDATE
       SET uses = uses + 1, expires_at = max(expires_at, ?2), retain_until = max(retain_until, ?3)`,
      tokenId,
      expiresAt,
      retainUntil,
    );
    const sweep = retainUntil * 1000 + SWEEP_AFTER;
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null || sweep < alarm) await this.ctx.storage.setAlarm(sweep);
    return earlier;
  }

  /**
   * Removes expired rows, stores the latest expiry among them, and sets the next alarm.
   */
  override async alarm(): Promise<void> {
    const now = Math.floor(Date.now() / 1000);
    this.ctx.storage.transactionSync(() => {
      const gone = "SELECT max(expires_at) AS latest FROM counts WHERE retain_until <= ?";
      const { latest } = this.#sql.exec<{ latest: number | null }>(gone, now).one();
      if (latest === null) return;
      this.#sql.exec(
        `INSERT INTO forgotten (id, expires_at) VALUES (0, ?1)
         ON CONFLICT (id) DO UPDATE SET expires_at = max(expires_at, ?1)`,
        latest,
      );
      this.#sql.exec("DELETE FROM counts WHERE retain_until <= ?", now);
    });
    const { next } = this.#sql.exec<{ next: number | null }>("SELECT min(retain_until) AS next FROM counts").one();
    if (next !== null) await this.ctx.storage.setAlarm(Math.max(next * 1000, Date.now()) + SWEEP_AFTER);
  }

  /** The latest expiry of the rows that were removed. */
  #latestForgotten(): number {
    const [row] = this.#sql.exec<{ expires_at: number }>("SELECT expires_at FROM forgotten").toArray();
    return row?.expires_at ?? Number.NEGATIVE_INFINITY;
  }

  /**
   * Returns the newest bundle that an isolate has put in force, and stores `seen` if its epoch is
   * higher. Of two bundles of one epoch the first stays. `trust.ts` asks an object of its own for
   * this, which counts nothing.
   */
  async newestBundle(seen?: BundleVersion): Promise<BundleVersion | undefined> {
    const known = await this.ctx.storage.get<BundleVersion>("bundle");
    if (seen === undefined || (known !== undefined && seen.epoch <= known.epoch)) return known;
    await this.ctx.storage.put("bundle", seen);
    return seen;
  }
}
