// The Worker as it is deployed, in the real runtime; nothing is mocked.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { AgentIdentity, authorityPublicKey, encodeToken, signBundle } from "agentid-wasm";
import { Miniflare } from "miniflare";
import { bundle } from "./build.mjs";

const AUTHORITY = new Uint8Array(32).fill(7);
const now = () => Math.floor(Date.now() / 1000);
const agents = ["research-bot", "mail-sorter", "note-taker"].map((name) => AgentIdentity.derive(name, "lab", `seed of ${name}`));
const [research, mail, notes] = agents;
const next = AgentIdentity.derive("research-bot", "lab", "next seed");

const trust = (epoch, identities, more = {}) =>
  signBundle({
    authoritySecret: AUTHORITY,
    epoch,
    issuedAt: now(),
    notAfter: now() + 3600,
    issuers: identities.map((agent) => ({ key: agent.publicKey, name: agent.name, project: agent.project })),
    ...more,
  });

const modules = await bundle("../src/index.ts");
const running = [];
after(() => Promise.all(running.map((miniflare) => miniflare.dispose())));

/** A Worker with this bundle; `folder` keeps what it stores. */
async function start(bytes, folder, more = {}) {
  const logs = [];
  const miniflare = new Miniflare({
    modules,
    modulesRoot: "/",
    compatibilityDate: "2026-07-01",
    compatibilityFlags: ["nodejs_compat"],
    bindings: { AUTHORITY: Buffer.from(authorityPublicKey(AUTHORITY)).toString("hex") },
    kvNamespaces: ["TRUST"],
    durableObjects: { LEDGER: { className: "UsageLedger", useSQLite: true } },
    ...more,
    ...(folder === undefined ? {} : { kvPersist: join(folder, "kv"), durableObjectsPersist: join(folder, "do") }),
    handleRuntimeStdio: (out, error) => {
      for (const stream of [out, error]) stream.on("data", (text) => logs.push(...`${text}`.split("\n")));
    },
  });
  running.push(miniflare);
  const url = await miniflare.ready;
  if (bytes !== undefined) await (await miniflare.getKVNamespace("TRUST")).put("bundle", bytes);
  return { miniflare, url, logs };
}

const get = (url, path, token, init = {}) =>
  fetch(new URL(path, url), { ...init, headers: { authorization: `AgentID ${encodeToken(token)}`, ...init.headers } });

test("every vector is answered in workerd as expected", async () => {
  const folder = new URL("../../../tests/vectors/", import.meta.url);
  const files = readdirSync(folder).filter((name) => name.endsWith(".txt"));
  const body = JSON.stringify(Object.fromEntries(files.map((file) => [file, readFileSync(new URL(file, folder), "ascii")])));
  const miniflare = new Miniflare({ modules: await bundle("./vectors-worker.mjs"), modulesRoot: "/", compatibilityDate: "2026-07-01" });
  running.push(miniflare);
  const { count, failures } = await (await miniflare.dispatchFetch("http://vectors/", { method: "POST", body })).json();
  assert.deepEqual(failures, []);
  assert.ok(count > 550, `only ${count}`);
});

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
    await first.miniflare.dispose();
    running.splice(running.indexOf(first.miniflare), 1);
    const second = await start(undefined, folder);
    assert.equal((await (await get(second.url, "/reports/may", token)).json()).callsLeft, 0);
    assert.equal((await get(second.url, "/reports/may", token)).status, 429);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("expired counts are removed by alarm, and live ones are not", async () => {
  const { miniflare } = await start();
  const ledgers = await miniflare.getDurableObjectNamespace("LEDGER");
  const ledger = ledgers.get(ledgers.idFromName("an issuer"));
  const [longAgo, later] = [now() - 3600, now() + 3600];
  assert.deepEqual([await ledger.count("live", later), await ledger.count("expired", longAgo)], [0, 0]);
  // Every count of what has expired sets the alarm again, so that looking does not prevent what is looked for.
  let before;
  for (let look = 0; look < 50 && before !== 0; look += 1) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    before = await ledger.count("expired", longAgo);
  }
  assert.equal(before, 0, "removed");
  assert.equal(await ledger.count("live", later), 1);
});

test("where the ledger cannot be reached nobody passes", async () => {
  const { url } = await start(trust(1, agents), undefined, { durableObjects: {} });
  const answer = await get(url, "/reports/may", research.mintToken({ scopes: ["reports:read"], maxCalls: 5 }));
  assert.deepEqual([answer.status, (await answer.json()).code], [503, 230]);
});

test("who may not pass gets status, code and name", async () => {
  const { url } = await start(trust(1, [research]));
  const good = research.mintToken({ scopes: ["reports:read"] });
  const forged = Uint8Array.from(good);
  forged[forged.length - 1] ^= 1;
  for (const [token, status, code] of [
    [forged, 401, 16],
    [mail.mintToken({ scopes: ["*"] }), 401, 13],
    [research.mintToken({ scopes: ["reports:read"], now: now() - 4000 }), 401, 14],
    [research.mintToken({ scopes: ["mail:read"] }), 403, 32],
  ]) {
    const answer = await get(url, "/reports/may", token);
    const problem = await answer.json();
    assert.deepEqual([answer.status, problem.code, problem.status], [status, code, status]);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.equal(answer.headers.has("www-authenticate"), status === 401);
  }
  assert.equal((await (await get(url, "/reports/may", good)).json()).agent, "research-bot");
  assert.equal((await (await get(url, "/verify", good, { method: "POST" })).json()).fingerprint, research.fingerprint);
});

test("malformed and oversized requests are refused", async () => {
  const { url } = await start(trust(1, agents));
  const good = encodeToken(research.mintToken({ scopes: ["*"] }));
  for (const authorization of [undefined, "", "AgentID", `Bearer ${good}`, "AgentID !", `AgentID ${good} x`, `AgentID ${"A".repeat(90_000)}`]) {
    const answer = await fetch(new URL("/reports/may", url), { headers: authorization === undefined ? {} : { authorization } });
    assert.equal(answer.status, 401, authorization?.slice(0, 40));
    assert.match(answer.headers.get("www-authenticate"), /^AgentID error="/);
  }
  assert.equal((await fetch(new URL("/reports/may", url), { headers: { authorization: `aGENTid ${good}` } })).status, 200);
  const huge = await fetch(new URL("/reports/may", url), { headers: { authorization: `AgentID ${"A".repeat(1 << 20)}` } }).then(
    ({ status }) => status,
    () => "closed",
  );
  assert.ok(huge === "closed" || huge >= 400, `${huge}`);
  const body = await fetch(new URL("/mcp", url), { method: "POST", body: "x".repeat(1 << 20), headers: { authorization: `AgentID ${good}` } });
  assert.equal(body.status, 413);
  assert.equal((await fetch(new URL("/reports/may", url), { method: "DELETE" })).status, 404);
  assert.equal((await fetch(new URL("/verify", url))).status, 404);
  assert.equal((await fetch(new URL("/nothing", url))).status, 404);
  for (const method of ["GET", "DELETE"]) {
    const headers = { authorization: `AgentID ${good}`, accept: "text/event-stream" };
    const answer = await fetch(new URL("/mcp", url), { method, headers });
    assert.deepEqual([answer.status, answer.headers.get("allow")], [405, "POST"]);
  }
});

test("a new epoch takes effect without a deploy, and an older one does not", async () => {
  const { miniflare, url } = await start(trust(2, [research]));
  const store = await miniflare.getKVNamespace("TRUST");
  const [old, fresh] = [research, next].map((agent) => agent.mintToken({ scopes: ["reports:read"] }));
  const status = async (token) => (await get(url, "/reports/may", token)).status;
  assert.deepEqual([await status(old), await status(fresh)], [200, 401]);

  await store.put("bundle", trust(3, [next], { revokedIssuers: [research.publicKey] }));
  await until(async () => (await status(fresh)) === 200);
  assert.equal((await (await get(url, "/reports/may", old)).json()).name, "issuer-revoked");

  await store.put("bundle", trust(1, [research]));
  await new Promise((resolve) => setTimeout(resolve, 6_000));
  assert.deepEqual([await status(old), await status(fresh)], [401, 200], "the bundle of epoch 3 is still in force");
});

test("without a bundle, and after a restart with an old one, nobody passes", async () => {
  const folder = mkdtempSync(join(tmpdir(), "agentid-worker-"));
  try {
    const empty = await start(undefined, folder);
    const token = research.mintToken({ scopes: ["reports:read"] });
    assert.equal((await get(empty.url, "/reports/may", token)).status, 503);
    await (await empty.miniflare.getKVNamespace("TRUST")).put("bundle", trust(5, [research]));
    await until(async () => (await get(empty.url, "/reports/may", token)).status === 200);
    await (await empty.miniflare.getKVNamespace("TRUST")).put("bundle", trust(4, [research]));
    await empty.miniflare.dispose();
    running.splice(running.indexOf(empty.miniflare), 1);
    const restarted = await start(undefined, folder);
    const answer = await (await get(restarted.url, "/reports/may", token)).json();
    assert.deepEqual([answer.code, answer.name, answer.status], [43, "bundle-rollback", 503]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});

test("the official client sees the tools that its scopes allow, calls them, and is refused the others", async () => {
  const { url, logs } = await start(trust(1, agents));
  const client = async (token) => {
    const mcp = new Client({ name: "test", version: "1" });
    const requestInit = { headers: { authorization: `AgentID ${encodeToken(token)}` } };
    await mcp.connect(new StreamableHTTPClientTransport(new URL("/mcp", url), { requestInit }));
    return mcp;
  };
  const searching = await client(research.mintToken({ scopes: ["tools:arxiv:search"], maxCalls: 2 }));
  assert.deepEqual((await searching.listTools()).tools.map(({ name }) => name), ["search-arxiv"]);
  const call = () => searching.callTool({ name: "search-arxiv", arguments: { query: "passports" } });
  assert.match((await call()).content[0].text, /no papers about passports/);
  assert.notEqual((await call()).isError, true);
  const exhausted = await call();
  assert.ok(exhausted.isError && /34 budget-exhausted/.test(exhausted.content[0].text), JSON.stringify(exhausted));
  const hidden = await searching.callTool({ name: "write-note", arguments: { title: "a", text: "b" } }).catch((error) => ({ isError: true, error }));
  assert.ok(hidden.isError, "a tool behind another scope");

  const everything = await client(notes.mintToken({ scopes: ["tools:notes:*"] }));
  assert.deepEqual((await everything.listTools()).tools.map(({ name }) => name), ["read-note", "write-note"]);
  await assert.rejects(client(next.mintToken({ scopes: ["*"] })), /401|untrusted/i);
  await until(async () => logs.some((line) => line.includes('"what":"tool search-arxiv"') && line.includes('"agent":"research-bot"')));
});

/** Waits for something that takes effect within seconds. */
async function until(holds) {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  assert.fail("it did not take effect within 20 seconds");
}
