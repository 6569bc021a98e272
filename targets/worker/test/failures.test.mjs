// Handlers, tools and Durable Objects that fail: answers and log lines.

import assert from "node:assert/strict";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { test } from "node:test";
import { bundle } from "./build.mjs";
import { agents, client, decisions, get, mail, pause, put, research, start, trust, until } from "./worker-under-test.mjs";

/** The Worker whose handlers throw, among other things errors of a second copy of the package. */
async function failing() {
  const folder = mkdtempSync(join(tmpdir(), "agentid-copy-"));
  try {
    cpSync(fileURLToPath(new URL(".", import.meta.resolve("agentid-wasm"))), folder, { recursive: true });
    return await bundle("./failing-worker.mjs", { "another-copy-of-agentid-wasm": join(folder, "workerd.js") });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const modules = await failing();
const { miniflare, url, lines } = await start(trust(1, agents), undefined, { modules });
const who = { agent: "research-bot", project: "lab", fingerprint: research.fingerprint };

test("a handler that throws discloses nothing, and its call stays admitted in the log", async () => {
  for (const [path, status, code, thrown] of [
    ["string", 500, 239, "string"],
    ["error", 500, 239, "Error"],
    ["async", 500, 239, "Error"],
    ["pretended", 500, 239, "scope-above-ceiling"],
    ["unknown", 500, 239, "custom"],
    ["ours", 403, 33],
    ["theirs", 403, 33],
  ]) {
    const before = decisions(lines).length;
    const answer = await get(url, `/throws/${path}`, research.mintToken({ scopes: ["reports:read"], maxCalls: 2 }));
    const problem = await answer.text();
    assert.deepEqual([answer.status, JSON.parse(problem).code, problem.includes("secret")], [status, code, false], path);
    await until(() => decisions(lines).length >= before + 2);
    const [admitted, failed] = decisions(lines).slice(before);
    const what = `GET /throws/${path}`;
    assert.deepEqual(admitted, { event: "decision", outcome: "admitted", code: 0, what, scopes: ["reports:read"], callsLeft: 1, ...who });
    assert.deepEqual([failed.outcome, failed.code, failed.thrown, failed.what, failed.agent], ["failed", code, thrown, what, "research-bot"]);
  }
});

test("a tool that throws discloses nothing, and its call stays counted", async () => {
  const mcp = await client(url, research.mintToken({ scopes: ["tools:arxiv:search"], maxCalls: 1 }));
  const before = decisions(lines).length;
  const { isError, content } = await mcp.callTool({ name: "throws", arguments: {} });
  assert.deepEqual([isError, content[0].text], [true, "refused: 239 internal: the call could not be decided"]);
  const again = await mcp.callTool({ name: "throws", arguments: {} });
  assert.match(again.content[0].text, /34 budget-exhausted/);
  const ofTool = () => decisions(lines).slice(before).filter(({ what }) => what === "tool throws");
  await until(() => ofTool().length >= 3);
  assert.deepEqual(ofTool().map(({ outcome, code, agent }) => [outcome, code, agent]), [
    ["admitted", 0, "research-bot"],
    ["failed", 239, "research-bot"],
    ["refused", 34, "research-bot"],
  ]);
});

test("while the newest bundle is not known, calls that are not counted pass for ten seconds, and others not at all", async () => {
  const asked = async (maxCalls) => {
    const answer = await get(url, "/reports/may", research.mintToken({ scopes: ["reports:read"], maxCalls }));
    return (await answer.json()).code ?? answer.status;
  };
  const store = await miniflare.getKVNamespace("TRUST");
  assert.deepEqual([await asked(0), await asked(1)], [200, 200]);
  const before = decisions(lines).length;
  await store.put("outage", "1");
  const since = Date.now();
  assert.deepEqual([await asked(1), await asked(0)], [230, 200]);
  const refused = () => decisions(lines).slice(before).find(({ code }) => code === 230);
  await until(refused);
  assert.deepEqual([refused().outcome, refused().agent, refused().fingerprint], ["refused", who.agent, who.fingerprint]);
  await until(async () => (await asked(0)) === 230);
  assert.ok(Date.now() - since < 12_000, `${Date.now() - since} ms`);
  await store.delete("outage");
  assert.deepEqual([await asked(0), await asked(1)], [200, 200]);
});

test("an answer of the Durable Object that comes late does not bring an older bundle back", async () => {
  const late = await start(trust(1, agents), undefined, { modules });
  const asked = async (agent) => (await get(late.url, "/reports/may", agent.mintToken({ scopes: ["reports:read"] }))).status;
  assert.equal(await asked(mail), 200);
  await (await late.miniflare.getKVNamespace("TRUST")).put("late", "2");
  await put(late.miniflare, trust(2, [research]));
  await pause(5_500);
  const slow = asked(mail);
  await pause(1_000);
  await put(late.miniflare, trust(3, [mail]));
  await until(async () => (await asked(research)) === 401);
  assert.equal(await asked(mail), 200);
  assert.equal(await slow, 200, "by the bundle of epoch 3, which is in force by now");
  assert.deepEqual([await asked(mail), await asked(research)], [200, 401]);
});
