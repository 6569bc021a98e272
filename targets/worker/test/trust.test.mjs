// Trust bundles: rotation, rollback, and isolates that do not agree yet.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, test } from "node:test";
import { AgentIdentity } from "agentid-wasm";
import { get, mail, now, pause, put, research, start, startTwo, stop, trust, until } from "./worker-under-test.mjs";

const next = AgentIdentity.derive("research-bot", "lab", "the next seed of research-bot");
/** Longer than an isolate uses its bundle before it asks again. */
const LOOKED_AGAIN = 6_500;

const counted = (agent, more = {}) => agent.mintToken({ scopes: ["reports:read"], maxCalls: 100, ...more });
const uncounted = (agent) => agent.mintToken({ scopes: ["reports:read"] });
const asked = async (url, token) => {
  const answer = await get(url, "/reports/may", token);
  const { code } = await answer.json();
  return code === undefined ? answer.status : `${answer.status}/${code}`;
};

// Several at once, because most of them wait.
describe("trust bundles", { concurrency: 4 }, () => {
  test("a new epoch takes effect without a deploy, and an older one does not", async () => {
    const { miniflare, url, lines } = await start(trust(2, [research]));
    const [old, fresh] = [uncounted(research), uncounted(next)];
    assert.deepEqual([await asked(url, old), await asked(url, fresh)], [200, "401/128"]);

    await put(miniflare, trust(3, [next], { revokedIssuers: [research.publicKey] }));
    await until(async () => (await asked(url, fresh)) === 200);
    assert.equal(await asked(url, old), "401/128");
    await until(() => lines.some((line) => line.includes('"reason":"issuer-revoked"')));

    await put(miniflare, trust(1, [research]));
    await pause(LOOKED_AGAIN);
    assert.deepEqual([await asked(url, old), await asked(url, fresh)], ["401/128", 200], "the bundle of epoch 3 is still in force");
  });

  test("another bundle of the same epoch does not undo a revocation, before or after a restart", async () => {
    const folder = mkdtempSync(join(tmpdir(), "agentid-worker-"));
    try {
      const revoking = trust(3, [next], { revokedIssuers: [research.publicKey] });
      const first = await start(revoking, folder);
      assert.deepEqual([await asked(first.url, uncounted(research)), await asked(first.url, uncounted(next))], ["401/128", 200]);
      const undoing = trust(3, [research]);
      await put(first.miniflare, undoing);
      await pause(LOOKED_AGAIN);
      assert.deepEqual([await asked(first.url, uncounted(research)), await asked(first.url, uncounted(next))], ["401/128", 200]);
      await until(() => first.lines.some((line) => line.includes("trust bundle refused") && line.includes('"code":43')));
      await stop(first.miniflare);

      const second = await start(undefined, folder);
      assert.equal(await asked(second.url, uncounted(research)), "503/43");
      await put(second.miniflare, revoking);
      await until(async () => (await asked(second.url, uncounted(next))) === 200);
      await stop(second.miniflare);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  test("without a bundle, and after a restart with an old one, every call is refused", async () => {
    const folder = mkdtempSync(join(tmpdir(), "agentid-worker-"));
    try {
      const empty = await start(undefined, folder);
      assert.equal(await asked(empty.url, uncounted(research)), "503/231");
      await put(empty.miniflare, trust(5, [research]));
      await until(async () => (await asked(empty.url, uncounted(research))) === 200);
      await put(empty.miniflare, trust(4, [research]));
      await stop(empty.miniflare);
      const restarted = await start(undefined, folder);
      const answer = await (await get(restarted.url, "/reports/may", uncounted(research))).json();
      assert.deepEqual([answer.code, answer.name, answer.status], [43, "bundle-rollback", 503]);
      await stop(restarted.miniflare);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });

  const older = trust(1, [research, mail]);
  const newer = trust(2, [mail], { revokedIssuers: [research.publicKey] });

  /**
   * Two isolates, of which the first has put the newer bundle in force after the second has looked
   * for it. `scenario` is run again if it took so long that the second would have looked by itself.
   */
  async function oneBehind(scenario) {
    for (let attempt = 0; attempt < 3; attempt += 1) {
      const { instances } = await startTwo(older);
      const [one, two] = instances;
      assert.equal(await asked(one.url, uncounted(research)), 200);
      await pause(LOOKED_AGAIN);
      const since = Date.now();
      assert.equal(await asked(two.url, uncounted(research)), 200);
      await one.put(newer);
      assert.equal(await asked(one.url, uncounted(research)), "401/128");
      const { answers, expected } = await scenario(two);
      if (Date.now() - since >= 4_500) continue;
      assert.deepEqual(answers, expected);
      return two;
    }
    return assert.fail("this machine is too slow to tell");
  }

  test("an isolate behind another one refuses a counted call at once, and serves again once KV shows the newer bundle", async () => {
    const two = await oneBehind(async ({ url }) => {
      const tokens = [uncounted(research), counted(research), counted(mail), uncounted(mail)];
      const answers = [];
      for (const token of tokens) answers.push(await asked(url, token));
      // It does not know before the first count.
      return { answers, expected: [200, "503/43", "503/43", "503/43"] };
    });
    await two.put(newer);
    await until(async () => (await asked(two.url, counted(mail))) === 200, 20);
    assert.equal(await asked(two.url, counted(research)), "401/128");
  });

  test("an isolate behind another one stops serving calls that are not counted within seconds", async () => {
    const two = await oneBehind(async ({ url }) => ({ answers: [await asked(url, uncounted(research))], expected: [200] }));
    await until(async () => (await asked(two.url, uncounted(research))) === "503/43", 50);
  });

  test("a newer bundle that is found while a call is counted decides about that call, over the same count", async () => {
    for (const [agent, ...expected] of [[research, "401/128", "401/128"], [mail, 200, "429/34"]]) {
      await oneBehind(async ({ url, put }) => {
        await put(newer);
        const token = counted(agent, { maxCalls: 1 });
        return { answers: [await asked(url, token), await asked(url, token)], expected };
      });
    }
  });

  test("of two isolates that start at once with different bundles of one epoch, one serves", async () => {
    const { instances } = await startTwo(trust(1, [research, mail]));
    const [one, two] = instances;
    await two.put(trust(1, [mail, research], { notAfter: now() + 1800 }));
    const ask = ({ url }) => asked(url, uncounted(mail));
    // Ten questions each, so that some of both are between the question and the answer of the
    // other.
    const answers = await Promise.all([one, two].map((isolate) => Promise.all(Array.from({ length: 10 }, () => ask(isolate)))));
    assert.deepEqual(answers.map((of) => [...new Set(of)].join()).sort(), ["200", "503/43"]);
    assert.deepEqual([await ask(one), await ask(two)].map(String).sort(), ["200", "503/43"]);
  });

  test("a bundle dated ahead does not replace the one in force, and the next one does", async () => {
    const { miniflare, url, lines } = await start(trust(1, [research]));
    assert.equal(await asked(url, uncounted(research)), 200);
    // Milliseconds in place of seconds.
    const issuedAt = now() * 1000;
    await put(miniflare, trust(2, [mail], { issuedAt, notAfter: issuedAt + 3600, allowDatedAhead: true }));
    await pause(LOOKED_AGAIN);
    assert.deepEqual([await asked(url, uncounted(research)), await asked(url, uncounted(mail))], [200, "401/128"]);
    await until(() => lines.some((line) => line.includes("trust bundle refused") && line.includes('"code":47')));
    await put(miniflare, trust(2, [mail]));
    await until(async () => (await asked(url, uncounted(mail))) === 200);
  });

  test("a value too large to be a bundle does not replace the one in force", async () => {
    const { miniflare, url, lines } = await start(trust(1, [research]));
    assert.equal(await asked(url, uncounted(research)), 200);
    await put(miniflare, new Uint8Array(17 << 20));
    const answers = new Set();
    await until(async () => answers.add(await asked(url, uncounted(research))) && lines.some((line) => line.includes("trust bundle refused")));
    assert.deepEqual([...answers, await asked(url, uncounted(research))], [200, 200]);
  });

  test("a Worker that starts with a bundle dated ahead is healed by the next one", async () => {
    const issuedAt = now() + 3600;
    const { miniflare, url } = await start(trust(9, [research], { issuedAt, notAfter: issuedAt + 3600, allowDatedAhead: true }));
    assert.equal(await asked(url, uncounted(research)), "503/47");
    await put(miniflare, trust(1, [research]));
    await until(async () => (await asked(url, uncounted(research))) === 200);
  });

  test("of two requests that start at once with different bundles the newer one stays", async () => {
    const { miniflare, url } = await start(trust(1, [research]));
    const first = Array.from({ length: 20 }, () => asked(url, uncounted(research)));
    await put(miniflare, trust(2, [mail]));
    const second = Array.from({ length: 20 }, () => asked(url, uncounted(mail)));
    await Promise.all([...first, ...second]);
    await until(async () => (await asked(url, uncounted(mail))) === 200);
    assert.equal(await asked(url, uncounted(research)), "401/128");
  });
});
