// The exact count, in the real Durable Object.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { agents, decisions, get, now, pause, research, start, stop, trust, until } from "./worker-under-test.mjs";

const HOUR = 3600;

/**
 * The Durable Object of an issuer, as the Worker sees it. It runs, so that it answers within a
 * second.
 */
async function ledgerOf(miniflare, issuer) {
  const ledgers = await miniflare.getDurableObjectNamespace("LEDGER");
  const ledger = ledgers.get(ledgers.idFromName(issuer));
  await ledger.newestBundle();
  return ledger;
}

// At once, because alarms take their time.
describe("the ledger", { concurrency: 4 }, () => {
  test("a budget of five admits exactly five of fifty at once", async () => {
    const { url } = await start(trust(1, agents));
    const token = research.mintToken({ scopes: ["reports:read"], maxCalls: 5 });
    const answers = await Promise.all(Array.from({ length: 50 }, () => get(url, "/reports/may", token)));
    const statuses = answers.map(({ status }) => status).sort();
    assert.deepEqual(statuses, [...Array(5).fill(200), ...Array(45).fill(429)]);
    const left = await Promise.all(answers.filter(({ ok }) => ok).map(async (answer) => (await answer.json()).callsLeft));
    assert.deepEqual(left.sort(), [0, 1, 2, 3, 4]);
  });

  test("counts outlive a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "agentid-worker-"));
    try {
      const token = research.mintToken({ scopes: ["reports:read"], maxCalls: 2 });
      const first = await start(trust(1, agents), folder);
      assert.equal((await get(first.url, "/reports/may", token)).status, 200);
      await stop(first.miniflare);
      const second = await start(undefined, folder);
      assert.equal((await (await get(second.url, "/reports/may", token)).json()).callsLeft, 0);
      assert.equal((await get(second.url, "/reports/may", token)).status, 429);
      await stop(second.miniflare);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("refused uses are not counted, and a token of one use is refused as replayed", async () => {
    const { miniflare, url } = await start(trust(1, agents));
    const token = research.mintToken({ scopes: ["reports:read"], maxCalls: 2, tokenId: 7n });
    const codes = [];
    for (let use = 0; use < 6; use += 1) codes.push((await (await get(url, "/reports/may", token)).json()).code);
    assert.deepEqual(codes, [undefined, undefined, 34, 34, 34, 34]);
    const ledger = await ledgerOf(miniflare, Buffer.from(research.publicKey).toString("hex"));
    const use = { tokenId: "0000000000000007", limit: 100, expiresAt: now() + HOUR, retainUntil: now() + HOUR };
    assert.equal(await ledger.count(use), 2, "two were admitted");
  });

  test("a use keeps the latest times of its token", async () => {
    const { miniflare } = await start();
    const ledger = await ledgerOf(miniflare, "an issuer");
    const count = (tokenId, expiresAt, retainUntil) => ledger.count({ tokenId, limit: 9, expiresAt, retainUntil });
    assert.equal(await count("late, then soon", now() + HOUR, now() + HOUR), 0);
    assert.equal(await count("late, then soon", now() + 5, now() + 5), 1);
    assert.equal(await count("soon", now() + 5, now() + 5), 0);
    // The alarm has been there, once this one is refused as forgotten.
    const soon = now();
    await until(async () => (await count("new", soon, now() + HOUR)) === "usage-forgotten", 200);
    assert.equal(await count("late, then soon", now() + HOUR, now() + HOUR), 2);
  });

  test("a refused use keeps the latest times as well", async () => {
    const { miniflare } = await start();
    const ledger = await ledgerOf(miniflare, "an issuer");
    const count = (tokenId, expiresAt, retainUntil) => ledger.count({ tokenId, limit: 1, expiresAt, retainUntil });
    assert.equal(await count("once", now() + 5, now() + 5), 0);
    // A second token with the same identifier: refused now, and after the alarm for the first one.
    assert.equal(await count("once", now() + HOUR, now() + HOUR), 1);
    await pause(25_000);
    assert.equal(await count("once", now() + HOUR, now() + HOUR), 1);
  });

  test("the alarm removes expired rows, and their tokens are refused from then on, also after a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "agentid-worker-"));
    try {
      const issuer = Buffer.from(research.publicKey).toString("hex");
      const first = await start(trust(1, agents), folder);
      const ledger = await ledgerOf(first.miniflare, issuer);
      // As if a clock had been ahead: a count is removed that a clock that is right would still
      // need.
      const removed = { tokenId: "removed", limit: 5, expiresAt: now() + HOUR, retainUntil: now() + 5 };
      assert.equal(await ledger.count(removed), 0);
      assert.equal(await ledger.count({ ...removed, tokenId: "kept", retainUntil: now() + HOUR }), 0);
      await until(async () => (await ledger.count({ ...removed, tokenId: "not seen before", retainUntil: now() + HOUR })) === "usage-forgotten", 200);
      assert.ok(now() >= removed.retainUntil, "not before its time");
      await stop(first.miniflare);

      const { miniflare, url, lines } = await start(undefined, folder);
      const token = research.mintToken({ scopes: ["reports:read"], maxCalls: 5, ttlSeconds: 60 });
      const answer = await (await get(url, "/reports/may", token)).json();
      assert.deepEqual([answer.status, answer.code, answer.name], [503, 37, "usage-forgotten"]);
      await until(() => decisions(lines).some(({ code, agent }) => code === 37 && agent === "research-bot"));
      // A token that expires after every removed row can be counted.
      const later = research.mintToken({ scopes: ["reports:read"], maxCalls: 5, ttlSeconds: 2 * HOUR });
      assert.equal((await get(url, "/reports/may", later)).status, 200);
      const restarted = await ledgerOf(miniflare, issuer);
      assert.equal(await restarted.count({ ...removed, tokenId: "kept", expiresAt: now() + 2 * HOUR, retainUntil: now() + 2 * HOUR }), 1);
      await stop(miniflare);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("a use whose row could be removed at once is refused", async () => {
    const { miniflare } = await start();
    const ledger = await ledgerOf(miniflare, "an issuer");
    const past = { tokenId: "past", limit: 5, expiresAt: now() - HOUR, retainUntil: now() - HOUR };
    assert.equal(await ledger.count(past), "usage-forgotten");
    // A clock of an isolate that is behind by less than the skew: the token has expired here, and
    // its row is still kept.
    assert.equal(await ledger.count({ ...past, expiresAt: now() - 1, retainUntil: now() + 29 }), 0);
  });

  test("a call is refused if the ledger cannot be reached", async () => {
    const { url } = await start(trust(1, agents), undefined, { durableObjects: {} });
    const answer = await get(url, "/reports/may", research.mintToken({ scopes: ["reports:read"], maxCalls: 5 }));
    assert.deepEqual([answer.status, (await answer.json()).code], [503, 230]);
  });

  test("a later alarm does not forget what an earlier one removed", async () => {
    const { miniflare } = await start();
    const ledger = await ledgerOf(miniflare, "an issuer");
    const count = (tokenId, expiresAt, retainUntil) => ledger.count({ tokenId, limit: 9, expiresAt, retainUntil });
    const first = now();
    assert.equal(await count("late", first + 60, first + 5), 0);
    assert.equal(await count("soon", first + 5, first + 22), 0);
    await pause(38_000);
    assert.equal(await count("new", first + 60, first + HOUR), "usage-forgotten");
    assert.equal(await count("new", first + 61, first + HOUR), 0);
  });
});
