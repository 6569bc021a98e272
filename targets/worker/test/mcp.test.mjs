// The tool server, with the official client and with messages that no client would send.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentIdentity } from "agentid-wasm";
import { agents, client, decisions, notes, post, research, start, trust, until } from "./worker-under-test.mjs";

const stranger = AgentIdentity.derive("stranger", "lab", "a seed of 16 bytes or more");

/** The decisions that a question adds to the log, without their common fields. */
async function decisionsOf(lines, ask, count = 1) {
  const before = decisions(lines).length;
  await ask();
  await until(() => decisions(lines).length >= before + count);
  return decisions(lines).slice(before);
}

test("the official client sees the tools that its scopes permit, calls them, and is refused the others", async () => {
  const { url, lines } = await start(trust(1, agents));
  const searching = await client(url, research.mintToken({ scopes: ["tools:arxiv:search"], maxCalls: 2 }));
  assert.deepEqual((await searching.listTools()).tools.map(({ name }) => name), ["search-arxiv"]);
  const call = () => searching.callTool({ name: "search-arxiv", arguments: { query: "tokens" } });
  assert.match((await call()).content[0].text, /no papers about tokens/);
  assert.notEqual((await call()).isError, true);
  const exhausted = await call();
  assert.ok(exhausted.isError && /34 budget-exhausted/.test(exhausted.content[0].text), JSON.stringify(exhausted));

  const everything = await client(url, notes.mintToken({ scopes: ["tools:notes:*"] }), "Bearer");
  assert.deepEqual((await everything.listTools()).tools.map(({ name }) => name), ["read-note", "write-note"]);
  await assert.rejects(client(url, stranger.mintToken({ scopes: ["*"] })), /401|unauthenticated/i);
  await until(() => decisions(lines).some(({ what, agent }) => what === "tool search-arxiv" && agent === "research-bot"));
});

test("each message leaves one line that names the agent", async () => {
  const { url, lines } = await start(trust(1, agents));
  const token = research.mintToken({ scopes: ["tools:arxiv:search"], maxCalls: 2 });
  const who = { agent: "research-bot", project: "lab", fingerprint: research.fingerprint };
  let mcp;
  const opened = await decisionsOf(lines, async () => (mcp = await client(url, token)), 3);
  // The client also tries to open a stream, with a request that no gate looks at.
  const named = opened.filter(({ agent }) => agent !== undefined);
  assert.deepEqual(named.map(({ what }) => what).sort(), ["mcp initialize", "mcp notification"]);
  for (const line of named) assert.deepEqual([line.outcome, line.code, line.fingerprint], ["identified", 0, research.fingerprint]);

  const event = { event: "decision", scopes: [], ...who };
  assert.deepEqual(await decisionsOf(lines, () => mcp.listTools()), [{ ...event, outcome: "identified", code: 0, what: "mcp tools/list" }]);

  const call = (name, given) => decisionsOf(lines, () => mcp.callTool({ name, arguments: given }).catch(() => {}));
  const search = { ...event, what: "tool search-arxiv", scopes: ["tools:arxiv:search"] };
  assert.deepEqual(await call("write-note", { title: "a", text: "b" }), [
    { ...event, what: "tool write-note", scopes: ["tools:notes:write"], outcome: "refused", code: 32, reason: "scope-not-granted" },
  ]);
  assert.deepEqual(await call("no-such-tool", {}), [{ ...event, what: "tool (unknown)", outcome: "refused", code: 236, reason: "unknown-tool" }]);
  assert.deepEqual(await call("constructor", {}), [{ ...event, what: "tool (unknown)", outcome: "refused", code: 236, reason: "unknown-tool" }]);
  // Neither was counted. The gate admits the next one, so it is counted; its arguments are invalid.
  assert.deepEqual(await call("search-arxiv", { query: 7 }), [{ ...search, outcome: "refused", code: 237, reason: "invalid-arguments" }]);
  assert.deepEqual(await call("search-arxiv", { query: "tokens" }), [{ ...search, outcome: "admitted", code: 0, callsLeft: 0 }]);
  assert.deepEqual(await call("search-arxiv", { query: "tokens" }), [{ ...search, outcome: "refused", code: 34, reason: "budget-exhausted" }]);

  const [line] = await decisionsOf(lines, () => post(url, stranger.mintToken({ scopes: ["*"] }), { jsonrpc: "2.0", id: 1, method: "tools/list" }));
  assert.deepEqual([line.outcome, line.code, line.claimedFingerprint, line.agent], ["refused", 13, stranger.fingerprint, undefined]);
});

test("messages that are not a single request or notification are refused, leave a line, and count nothing", async () => {
  const { url, lines } = await start(trust(1, agents));
  const token = research.mintToken({ scopes: ["*"], maxCalls: 1 });
  const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "search-arxiv", arguments: { query: "tokens" } } };
  const twice = '"method":"tools/call","params":{"name":"search-arxiv","name":"read-note","arguments":{}}';
  for (const [body, status, headers] of [
    [[], 400],
    [[call], 400],
    [[call, call], 400],
    [[call, { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } }], 400],
    [`{"jsonrpc":"2.0","id":1,${twice}}`, 400],
    ['{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list"}', 400],
    ["", 400],
    ["null", 400],
    ["{", 400],
    [`${"[".repeat(100_000)}${"]".repeat(100_000)}`, 400],
    [{ jsonrpc: "2.0", id: 1, result: {} }, 400],
    [{ ...call, id: undefined }, 400],
    [{ ...call, id: null }, 400],
    [{ ...call, id: {} }, 400],
    [{ ...call, jsonrpc: "1.0" }, 400],
    [{ ...call, method: 7 }, 400],
    [{ ...call, params: { name: 7 } }, 200],
    [{ ...call, params: [] }, 400],
    [{ ...call, params: undefined }, 200],
    [{ ...call, params: { ...call.params, arguments: 7 } }, 200],
    [{ ...call, params: { ...call.params, task: {} } }, 200],
    [{ jsonrpc: "2.0", id: 1, method: "no/such/method" }, 200],
    [{ jsonrpc: "2.0", id: 1, method: "notifications/initialized" }, 200],
    [call, 406, { accept: "application/json" }],
    [call, 415, { "content-type": "text/plain" }],
    [call, 400, { "mcp-protocol-version": "1999-01-01" }],
  ]) {
    const shown = JSON.stringify([body, headers]).slice(0, 200);
    const [line, ...more] = await decisionsOf(lines, async () => {
      const answer = await post(url, token, body, headers);
      assert.equal(answer.status, status, shown);
      const said = await answer.json();
      if (status === 200) assert.ok("error" in said, shown);
      if (Array.isArray(body)) assert.match(said.detail, /is an array/);
    });
    assert.deepEqual([line.outcome, line.code, line.agent, more], ["refused", 235, "research-bot", []], shown);
  }
  const answer = await (await post(url, token, call)).json();
  assert.match(answer.result.content[0].text, /no papers about tokens/, "the only use is still there");
});
