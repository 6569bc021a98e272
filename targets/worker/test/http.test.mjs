// Answers over HTTP, and their log lines.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentIdentity, encodeToken } from "agentid-wasm";
import { agents, decisions, get, mail, now, research, start, trust, until } from "./worker-under-test.mjs";

/** In bytes. A body that is longer by much could be refused before the client has written it. */
const LONGEST_BODY = 256 * 1024;

/** Waits for so many decisions beyond those that were there, and returns them. */
async function newDecisions(lines, before, count) {
  await until(() => decisions(lines).length >= before + count);
  return decisions(lines).slice(before);
}

const forge = (token) => {
  const forged = Uint8Array.from(token);
  forged[forged.length - 1] ^= 1;
  return forged;
};

test("callers that the gate refuses get status and code, and all strangers the same answer", async () => {
  const revoked = AgentIdentity.derive("revoked-bot", "lab", "a seed of 16 bytes or more");
  const { url, lines } = await start(
    trust(1, [research], {
      revokedIssuers: [revoked.publicKey],
      revokedTokens: [{ issuer: research.publicKey, tokenId: 5n }],
      issuers: [
        { key: research.publicKey, name: "research-bot", project: "lab" },
        { key: mail.publicKey, name: "mail-sorter", project: "lab", ceiling: ["mail:read"], maxLifetimeSeconds: 600 },
      ],
    }),
  );
  const stranger = AgentIdentity.derive("stranger", "lab", "a seed of 16 bytes or more");
  const renamed = AgentIdentity.derive("renamed-bot", "lab", "a seed of 16 bytes or more");
  const good = research.mintToken({ scopes: ["reports:read"] });
  const cases = [
    [forge(good), 401, 128, 16],
    [stranger.mintToken({ scopes: ["*"] }), 401, 128, 13],
    [renamed.mintToken({ scopes: ["*"] }), 401, 128, 13],
    [revoked.mintToken({ scopes: ["*"] }), 401, 128, 26],
    [research.mintToken({ scopes: ["reports:read"], tokenId: 5n }), 401, 128, 27],
    [mail.mintToken({ scopes: ["reports:read"] }), 401, 128, 12],
    [research.mintToken({ scopes: ["reports:read"], now: now() - 4000 }), 401, 14, 14],
    [research.mintToken({ scopes: ["mail:read"] }), 403, 32, 32],
    [mail.mintToken({ scopes: ["reports:read"], ttlSeconds: 60 }), 403, 33, 33],
  ];
  const strangers = new Set();
  for (const [token, status, code, logged] of cases) {
    const before = decisions(lines).length;
    const answer = await get(url, "/reports/may", token);
    const text = await answer.text();
    const problem = JSON.parse(text);
    assert.deepEqual([answer.status, problem.code, problem.status], [status, code, status], text);
    assert.equal(answer.headers.get("content-type"), "application/problem+json");
    assert.equal(answer.headers.has("www-authenticate"), status === 401);
    if (code === 128) strangers.add(text + answer.headers.get("www-authenticate"));
    const [line, ...more] = await newDecisions(lines, before, 1);
    assert.deepEqual(more, []);
    assert.deepEqual([line.outcome, line.code, line.what, line.scopes], ["refused", logged, "GET /reports/:name", ["reports:read"]]);
    if (status === 403) assert.ok(line.agent && line.project === "lab" && line.fingerprint && !("claimedFingerprint" in line));
    else assert.ok(line.claimedFingerprint && !("agent" in line) && !("fingerprint" in line), JSON.stringify(line));
  }
  assert.equal(strangers.size, 1);
});

test("the log names the agent of calls that pass and of calls over their budget", async () => {
  const { url, lines } = await start(trust(1, agents));
  const token = research.mintToken({ scopes: ["reports:read"], maxCalls: 1 });
  assert.deepEqual([(await get(url, "/reports/may", token)).status, (await get(url, "/reports/may", token)).status], [200, 429]);
  const who = { agent: "research-bot", project: "lab", fingerprint: research.fingerprint };
  const call = { event: "decision", what: "GET /reports/:name", scopes: ["reports:read"], ...who };
  assert.deepEqual(await newDecisions(lines, 0, 2), [
    { ...call, outcome: "admitted", code: 0, callsLeft: 0 },
    { ...call, outcome: "refused", code: 34, reason: "budget-exhausted" },
  ]);
});

test("a missing header, another scheme and a malformed token are three different answers", async () => {
  const { url, lines } = await start(trust(1, agents));
  const good = encodeToken(research.mintToken({ scopes: ["*"] }));
  const told = new Map();
  const cases = [
    [undefined, 61],
    ["", 61],
    ["Basic dXNlcjpwYXNz", 62],
    [good, 62],
    ["AgentID", 19],
    ["Bearer", 19],
    ["AgentID !", 19],
    ["Bearer eyJhbGciOiJub25lIn0.e30.", 19],
    [`AgentID ${good} x`, 19],
    [`AgentID ${good}, AgentID ${good}`, 19],
    ["AgentID AAAA", 1],
    [`Bearer ${"A".repeat(1000)}`, 3],
    [`AgentID ${"A".repeat(90_000)}`, 2],
    [`AgentID${" ".repeat(8_300)}${good}`, 2],
  ];
  for (const [authorization, code] of cases) {
    const before = decisions(lines).length;
    const answer = await fetch(new URL("/reports/may", url), { headers: authorization === undefined ? {} : { authorization } });
    const problem = await answer.json();
    assert.deepEqual([answer.status, problem.code], [401, code], authorization?.slice(0, 40));
    told.set(code, problem.detail);
    const challenge = answer.headers.get("www-authenticate");
    assert.ok(challenge.startsWith(`AgentID realm="agentid", error="${problem.name}", Bearer realm="agentid"`), challenge);
    assert.equal(challenge.endsWith('error="invalid_token"'), code !== 61 && code !== 62);
    const [line] = await newDecisions(lines, before, 1);
    assert.deepEqual([line.outcome, line.code], ["refused", code]);
  }
  assert.equal(new Set(told.values()).size, told.size);
  for (const scheme of ["AgentID", "aGENTid", "Bearer", "bEARER"]) {
    assert.equal((await fetch(new URL("/reports/may", url), { headers: { authorization: `${scheme} ${good}` } })).status, 200, scheme);
  }
});

test("a header that is far too long is refused", async () => {
  const { url } = await start(trust(1, agents));
  const huge = await fetch(new URL("/reports/may", url), { headers: { authorization: `AgentID ${"A".repeat(1 << 20)}` } }).then(
    ({ status }) => status,
    () => "closed",
  );
  assert.ok(huge === "closed" || huge >= 400, `${huge}`);
});

test("requests that no gate looks at are refused with a line of the claimed fingerprint", async () => {
  const { url, lines } = await start(trust(1, agents));
  const token = research.mintToken({ scopes: ["*"] });
  const streamed = () => new ReadableStream({ start: (to) => (to.enqueue(new Uint8Array(LONGEST_BODY + 1)), to.close()) });
  for (const [method, path, status, code, more = {}] of [
    ["POST", "/mcp", 413, 232, { body: "x".repeat(LONGEST_BODY + 1) }],
    ["POST", "/verify", 413, 232, { body: streamed(), duplex: "half" }],
    ["DELETE", "/reports/may", 404, 233],
    ["GET", `/${encodeToken(token)}`, 404, 233],
    ["GET", "/verify", 405, 234],
    ["GET", "/mcp", 405, 234, { headers: { accept: "text/event-stream" } }],
    ["DELETE", "/mcp", 405, 234],
  ]) {
    const before = decisions(lines).length;
    const answer = await get(url, path, token, { method, ...more });
    assert.deepEqual([answer.status, (await answer.json()).code], [status, code], `${method} ${path}`);
    assert.equal(answer.headers.get("allow"), status === 405 ? "POST" : null);
    const { event, outcome, what, claimedFingerprint, agent } = (await newDecisions(lines, before, 1))[0];
    const expected = ["decision", "refused", `${method} ${status === 404 ? "/*" : path}`, research.fingerprint, undefined];
    assert.deepEqual([event, outcome, what, claimedFingerprint, agent], expected);
  }
});

test("an outage of storage leaves a line too", async () => {
  const { url, lines } = await start(trust(1, agents), undefined, { durableObjects: {} });
  assert.equal((await get(url, "/reports/may", research.mintToken({ scopes: ["*"] }))).status, 503);
  const [line] = await newDecisions(lines, 0, 1);
  assert.deepEqual([line.outcome, line.code, line.claimedFingerprint], ["refused", 230, research.fingerprint]);
});

test("a mistake in the configuration is refused, with the type of the error in the log only", async () => {
  const { url, lines } = await start(trust(1, agents), undefined, { bindings: { AUTHORITY: "no key" } });
  const answer = await get(url, "/reports/may", research.mintToken({ scopes: ["*"] }));
  const problem = await answer.json();
  assert.deepEqual([answer.status, problem.code, JSON.stringify(problem).includes("TypeError")], [500, 239, false]);
  const [line] = await newDecisions(lines, 0, 1);
  assert.deepEqual([line.outcome, line.code, line.thrown], ["refused", 239, "TypeError"]);
});

test("verify names the caller, and permits the scopes that the gate permits, not those that the token asks for", async () => {
  const issuers = [{ key: research.publicKey, name: "research-bot", project: "lab", ceiling: ["reports:*"] }];
  const { url, lines } = await start(trust(1, [], { issuers }));
  const token = research.mintToken({ scopes: ["reports:read", "admin:everything"], maxCalls: 3, tokenId: 9n });
  const verify = async (body) => {
    const before = decisions(lines).length;
    const answer = await get(url, "/verify", token, { method: "POST", body });
    const [line] = await newDecisions(lines, before, 1);
    return { status: answer.status, said: await answer.json(), line };
  };
  const who = await verify(undefined);
  assert.equal(who.status, 200);
  assert.equal(who.said.fingerprint, research.fingerprint);
  assert.deepEqual(who.said.requestedScopes, ["reports:read", "admin:everything"]);
  assert.equal(who.said.issuer, Buffer.from(research.publicKey).toString("hex"));
  assert.deepEqual(Object.keys(who.said).sort(), [
    ...["expiresAt", "fingerprint", "issuedAt", "issuer", "maxCalls", "name", "project", "requestedScopes", "tokenId"],
  ]);
  assert.deepEqual([who.line.outcome, who.line.agent], ["identified", "research-bot"]);

  const permitted = await verify('{"scopes": ["reports:read"]}');
  assert.deepEqual([permitted.status, permitted.said.permittedScopes], [200, ["reports:read"]]);
  assert.deepEqual([permitted.line.outcome, permitted.line.scopes], ["identified", ["reports:read"]]);
  for (const [body, status, code] of [
    ['{"scopes": ["admin:everything"]}', 403, 33],
    ['{"scopes": ["reports:read", "admin:everything"]}', 403, 33],
    ['{"scopes": ["reports:write"]}', 403, 32],
    ['{"scopes": [""]}', 403, 32],
    ["{}", 400, 235],
    ['{"scopes": []}', 400, 235],
    ['{"scopes": "reports:read"}', 400, 235],
    ['{"scopes": [1]}', 400, 235],
    ['{"scopes": ["\\ud800"]}', 400, 235],
    ['{"scopes": ["reports:read"], "more": 1}', 400, 235],
    ['{"scopes": ["admin:everything"], "scopes": ["reports:read"]}', 400, 235],
    ['{"scopes": ["admin:everything"], "\\u0073copes": ["reports:read"]}', 400, 235],
    ['{"__proto__": {"scopes": ["reports:read"]}}', 400, 235],
    ['[{"scopes": ["reports:read"]}]', 400, 235],
    ['"reports:read"', 400, 235],
    [Buffer.from('{"scopes": ["\xff"]}', "latin1"), 400, 235],
    [`{"scopes": [${Array(33).fill('"reports:read"')}]}`, 400, 235],
  ]) {
    const { status: found, said, line } = await verify(body);
    assert.deepEqual([found, said.code], [status, code], `${body}`);
    assert.deepEqual([line.outcome, line.code, line.agent], ["refused", code, "research-bot"]);
  }
  // Nothing was counted.
  const { callsLeft } = await (await get(url, "/reports/may", token)).json();
  assert.equal(callsLeft, 2);
});

test("no token and no signature is ever in the log", async () => {
  const { url, lines } = await start(trust(1, agents));
  const token = research.mintToken({ scopes: ["*"], maxCalls: 2 });
  const texts = [token, token.slice(-64)].flatMap((bytes) => {
    const buffer = Buffer.from(bytes);
    return [buffer.toString("base64url"), buffer.toString("base64"), buffer.toString("hex")];
  });
  // Every place for a caller's text.
  for (const text of texts) {
    const post = (path, body) => get(url, path, token, { method: "POST", body, headers: { "content-type": "application/json", accept: "application/json, text/event-stream" } });
    await get(url, `/reports/${encodeURIComponent(text)}`, token);
    await get(url, `/${encodeURIComponent(text)}?token=${encodeURIComponent(text)}`, token);
    await get(url, "/reports/may", forge(token), { headers: { [`x-${text.slice(0, 20).replace(/\W/g, "")}`]: text } });
    await fetch(new URL("/reports/may", url), { headers: { authorization: `Bearer ${text}` } });
    await fetch(new URL("/reports/may", url), { headers: { authorization: text } });
    await post("/verify", JSON.stringify({ scopes: [text.slice(0, 255), text.slice(-64)] }));
    await post("/verify", text);
    await post("/mcp", JSON.stringify({ jsonrpc: "2.0", id: 1, method: text }));
    await post("/mcp", JSON.stringify({ jsonrpc: "2.0", id: text, method: "tools/call", params: { name: text, arguments: { [text]: text } } }));
    await post("/mcp", JSON.stringify({ jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "search-arxiv", arguments: { query: 1, [text]: text } } }));
  }
  await until(() => decisions(lines).length >= 10 * texts.length);
  for (const line of lines) {
    for (const text of texts) assert.ok(!line.includes(text), line);
  }
});
