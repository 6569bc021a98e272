// The exact count of uses: a Durable Object for each issuer, so that no two calls ever see the same number. It only counts;
// whether a count is still within the limit is for the gate to say. KV would not do: it is eventually consistent.

import { DurableObject } from "cloudflare:workers";

/** Rows are removed this long after they have expired, in milliseconds, or a little later. */
const SWEEP_AFTER = 60_000;

export class UsageLedger extends DurableObject {
  readonly #sql: SqlStorage;

  constructor(state: DurableObjectState, env: unknown) {
    super(state, env as never);
    this.#sql = state.storage.sql;
    this.#sql.exec("CREATE TABLE IF NOT EXISTS uses (token_id TEXT PRIMARY KEY, count INTEGER NOT NULL, until INTEGER NOT NULL)");
  }

  /** Counts one use and says how many there were before. The count is kept until `until`, in Unix seconds, or longer. */
  async count(tokenId: string, until: number): Promise<number> {
    const row = this.#sql
      .exec<{ count: number }>(
        `INSERT INTO uses (token_id, count, until) VALUES (?1, 1, ?2)
         ON CONFLICT (token_id) DO UPDATE SET count = count + 1, until = max(until, ?2)
         RETURNING count`,
        tokenId,
        until,
      )
      .one();
    const sweep = until * 1000 + SWEEP_AFTER;
    const alarm = await this.ctx.storage.getAlarm();
    if (alarm === null || sweep < alarm) await this.ctx.storage.setAlarm(sweep);
    return row.count - 1;
  }

  /** Removes what has expired, and comes back for the rest. */
  override async alarm(): Promise<void> {
    this.#sql.exec("DELETE FROM uses WHERE until <= ?", Math.floor(Date.now() / 1000));
    const next = this.#sql.exec<{ until: number | null }>("SELECT min(until) AS until FROM uses").one().until;
    if (next !== null) await this.ctx.storage.setAlarm(Math.max(next * 1000, Date.now()) + SWEEP_AFTER);
  }

  /** Remembers the highest epoch of a trust bundle that anybody has seen, and says which it is. */
  async highestEpoch(seen: bigint): Promise<bigint> {
    const known = BigInt((await this.ctx.storage.get<string>("epoch")) ?? 0);
    if (seen <= known) return known;
    await this.ctx.storage.put("epoch", `${seen}`);
    return seen;
  }
}
