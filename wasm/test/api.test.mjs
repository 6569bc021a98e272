// What the vectors do not say: arguments of wrong types, secrets, errors, time, sizes.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { inspect } from "node:util";
import { brotliCompressSync } from "node:zlib";
import * as api from "agentid-wasm";
import * as core from "../dist/core.js";
import { wiped } from "../dist/internal.js";
import { Reader, Writer } from "../dist/record.js";

const { AgentIdentity, AgentIdError, Gate, Verifier, parseToken, verifyToken } = api;
const SEED = "a seed that must not be shown";
const agent = AgentIdentity.derive("research-bot", "phd-lab", SEED);
const token = agent.mintToken({ scopes: ["read:arxiv"], maxCalls: 5 });
const AUTHORITY = new Uint8Array(32).fill(7);

function bundle(epoch, more) {
  const now = Math.floor(Date.now() / 1000);
  const issuers = [{ key: agent.publicKey, name: "research-bot", project: "phd-lab" }];
  return api.signBundle({ authoritySecret: AUTHORITY, epoch, issuedAt: now, notAfter: now + 60, issuers, ...more });
}

const ledger = { slots: 1024, since: "beginning" };
const gate = (options) => new Gate({ bundle: bundle(1), authority: api.authorityPublicKey(AUTHORITY), ...options });

test("without a seed the identity is the published one", () => {
  assert.equal(AgentIdentity.derive("research-bot", "phd-lab").fingerprint, "ag:sha256:022a6b577d76ae03");
});

test("a token is accepted in every form", () => {
  const hex = Buffer.from(token).toString("hex");
  for (const form of [token, hex, hex.toUpperCase(), Buffer.from(token).toString("base64"), api.encodeToken(token)]) {
    assert.equal(verifyToken(form, agent.publicKey).name, "research-bot");
  }
  assert.deepEqual(api.authorizationToken(`agentid ${api.encodeToken(token)}`), token);
});

test("a refusal has code, name, status and a sentence", () => {
  const stranger = AgentIdentity.derive("research-bot", "phd-lab");
  const untrusted = { code: 13, name: "untrusted-issuer", status: 401 };
  assert.throws(() => verifyToken(token, stranger.publicKey), untrusted);
  assert.throws(() => verifyToken(token, []), untrusted);
  assert.throws(() => api.keyFingerprint("00".repeat(32)), { code: 17, status: 500 });
  assert.throws(() => verifyToken(token, "ab"), { code: 17 });
  assert.throws(() => verifyToken("no token!", agent.publicKey), { code: 19, status: 401 });
  assert.throws(() => gate().check(token, { scopes: ["write:x"] }), { code: 32, name: "scope-not-granted", status: 403 });
  assert.throws(() => verifyToken(token, stranger.publicKey), (error) => error instanceof AgentIdError && error.message.length > 10);
});

test("a wrong type is a TypeError that says what was expected, and the next call works", () => {
  const wrong = [undefined, null, 7, 7n, true, {}, [], () => {}, Symbol("x"), new Date(), new Uint16Array(4), "\ud800"];
  const calls = [
    (value) => verifyToken(value, agent.publicKey),
    (value) => verifyToken(token, value),
    (value) => verifyToken(token, [value]),
    (value) => parseToken(value),
    (value) => AgentIdentity.derive(value, "p"),
    (value) => AgentIdentity.derive("n", value),
    (value) => AgentIdentity.fromSecret("n", "p", value),
    (value) => agent.mintToken(value),
    (value) => agent.mintToken({ scopes: value }),
    (value) => agent.mintToken({ scopes: [value] }),
    (value) => verifyToken(token, agent.publicKey).permits(value),
    (value) => new Gate(value),
    (value) => gate({ bundle: value }),
    (value) => gate({ authority: value }),
    (value) => gate({ timePolicy: value ?? "none" }),
    (value) => gate({ ledger }).admit(token, { scopes: value }),
    (value) => gate().setBundle(value),
    (value) => gate().check(token, { scopes: [] }).admit([value]),
    (value) => gate().check(token, { scopes: [] }).admit(value),
    (value) => gate({ ledger }).admit(token, value),
    (value) => verifyToken(token, agent.publicKey, { timePolicy: value ?? null }),
    (value) => new Verifier(agent.publicKey).verify(token, { clock: value ?? null }),
    (value) => api.decodeToken(value),
    (value) => api.encodeToken(value),
    (value) => api.scopeCovers(value, "a"),
    (value) => api.readBundle(value, { authority: agent.publicKey }),
  ];
  // What is right after all: no scopes to mint or to ask for, no keys to trust, and what is missing.
  const RIGHT = [
    [calls[8], (value) => Array.isArray(value)],
    [calls[11], () => false],
    [calls[15], (value) => Array.isArray(value)],
  ];
  for (const [index, call] of calls.entries()) {
    for (const value of wrong) {
      const where = `call ${index}, ${inspect(value)}`;
      const accepted = RIGHT.some(([right, type]) => right === call && type(value));
      if (accepted) continue;
      assert.throws(() => call(value), (error) => {
        const refused = error instanceof TypeError || error instanceof AgentIdError || error instanceof RangeError;
        assert.ok(refused && !(error instanceof WebAssembly.RuntimeError), `${where}: ${inspect(error)}`);
        if (error instanceof TypeError) assert.match(error.message, /expected/, where);
        return true;
      }, where);
    }
    assert.equal(verifyToken(token, agent.publicKey).name, "research-bot", `after call ${index}`);
  }
});

test("a misspelt or ambiguous option is refused", () => {
  assert.throws(() => gate({ couting: "single-use" }), /couting/);
  assert.throws(() => verifyToken(token, agent.publicKey, { maxLifetime: 1 }), /maxLifetime/);
  assert.throws(() => agent.mintToken({ scopes: [], maxcalls: 3 }), /maxcalls/);
  assert.throws(() => api.checkIssuers([{ key: agent.publicKey, name: "n", project: "p", celing: [] }]), /celing/);
  assert.throws(() => api.signBundle({ revokedissuers: [] }), /revokedissuers/);
  assert.throws(() => api.signBundle({ revokedTokens: [{ id: 1n }] }), /expected no "id"/);
  assert.throws(() => api.readBundle(bundle(1), { authority: AUTHORITY, newset: {} }), /newset/);
  assert.throws(() => gate().check(token, { scopes: [] }, { noww: 1 }), /noww/);
  assert.throws(() => gate({ counting: null }), TypeError);
  assert.throws(() => gate({ ledger: { slots: 8, window: 60, since: 0 } }), /either slots or window/);
  assert.throws(() => gate({ ledger: { since: 0 } }), /either slots or window/);
  assert.throws(() => gate({ ledger: { slot: 8 } }), /slot/);
  assert.throws(() => gate().check(token, { scopes: new Array(2) }), /expected a string/);
  assert.throws(() => verifyToken(token, [, agent.publicKey]), /expected/);
  assert.throws(() => api.checkIssuers({}), /expected an array/);
  assert.throws(() => verifyToken(token, "00".repeat(1 << 22)), /expected/);
});

test("numbers out of range are RangeErrors, never wrapped", () => {
  for (const maxCalls of [-1, 2 ** 32, 2n ** 70n]) assert.throws(() => agent.mintToken({ scopes: [], maxCalls }), RangeError);
  for (const now of [2n ** 63n, -(2n ** 63n) - 1n]) assert.throws(() => verifyToken(token, agent.publicKey, { now }), RangeError);
  for (const now of [1.5, Number.NaN, "1"]) assert.throws(() => verifyToken(token, agent.publicKey, { now }), TypeError);
  assert.throws(() => gate().check(token, { scopes: [] }).admit([-1]), RangeError);
});

test("what is given may change afterwards, and what is got cannot", () => {
  const bytes = Uint8Array.from(token);
  const claims = verifyToken(bytes, agent.publicKey);
  bytes.fill(0);
  assert.ok(claims.permits("read:arxiv"));
  assert.throws(() => Object.assign(claims, { name: "somebody else" }), TypeError);
  assert.throws(() => claims.requestedScopes.push("*"), TypeError);
  claims.issuer.fill(0);
  agent.publicKey.fill(0);
  assert.deepEqual(claims.issuer, agent.publicKey);
  assert.ok(claims.issuer.some((byte) => byte !== 0));
  assert.throws(() => new claims.constructor(token, {}), TypeError);
  assert.equal(parseToken(token).permits, undefined);
});

test("secrets are not shown", () => {
  const secret = "5a".repeat(32);
  for (const identity of [agent, AgentIdentity.fromSecret("n", "p", secret)]) {
    const shown = [JSON.stringify(identity), `${identity}`, inspect(identity, { showHidden: true, depth: 9 })].join();
    assert.ok(!shown.includes(SEED) && !shown.includes(secret) && !shown.includes("90, 90"), shown);
  }
  assert.throws(() => AgentIdentity.fromSecret("n", "p", [secret]), (error) => !error.message.includes("5a5a"));
});

test("the time is that of the call", () => {
  const now = Math.floor(Date.now() / 1000);
  assert.ok(Math.abs(parseToken(agent.mintToken({ scopes: [] })).issuedAt - now) < 60);
  assert.throws(() => verifyToken(token, agent.publicKey, { now: now + 900 + 60 }), { name: "expired" });
});

test("a budget of five admits five, counted here or elsewhere", () => {
  const counting = gate({ ledger });
  const left = Array.from({ length: 5 }, () => counting.admit(token, { scopes: ["read:arxiv"] }).callsLeft);
  assert.deepEqual(left, [4, 3, 2, 1, 0]);
  assert.throws(() => counting.admit(token, { scopes: ["read:arxiv"] }), { code: 34, status: 429 });

  const elsewhere = gate();
  const uncounted = elsewhere.check(token, { scopes: ["read:arxiv"] });
  const [{ kind, issuer, tokenId, limit, expiresAt, retainUntil }, ...others] = uncounted.demands;
  assert.deepEqual([others, kind, issuer, limit], [[], "token", Buffer.from(agent.publicKey).toString("hex"), 5]);
  assert.deepEqual([tokenId, expiresAt, retainUntil], [parseToken(token).tokenId, expiresAt, expiresAt + 30]);
  assert.equal(expiresAt, parseToken(token).expiresAt);
  for (const numbers of [[], [0, 0], 0]) assert.throws(() => uncounted.admit(numbers), /expected/);
  const admitted = uncounted.admit([4]);
  assert.deepEqual([admitted.callsLeft, admitted.claims], [0, uncounted.claims]);
  assert.throws(() => uncounted.admit([0]), TypeError, "once");
  assert.throws(() => elsewhere.check(token, { scopes: ["read:arxiv"] }).admit([5]), { name: "budget-exhausted" });
  const unlimited = elsewhere.check(agent.mintToken({ scopes: [] }), { scopes: [] });
  assert.deepEqual([unlimited.claims.maxCalls, unlimited.demands[0].limit], [undefined, undefined]);
  assert.equal(unlimited.admit([2 ** 32 - 1]).callsLeft, undefined);
  const once = gate({ counting: "single-use", clockSkewSeconds: 7 }).check(token, { scopes: [] });
  assert.deepEqual([once.demands[0].limit, once.demands[0].retainUntil], [1, expiresAt + 7]);
  assert.throws(() => once.admit([1]), { name: "replayed" });
  assert.throws(() => new uncounted.constructor(), TypeError);
  for (const change of [(it) => (it.claims = undefined), (it) => it.demands.pop(), (it) => (it.demands[0].limit = 9)]) {
    assert.throws(() => change(uncounted), TypeError);
  }
});

test("who calls is known before the count, and is no admission", () => {
  const capped = [{ key: agent.publicKey, name: "research-bot", project: "phd-lab", ceiling: ["read:*"] }];
  const asking = gate({ bundle: bundle(1, { issuers: capped }), ledger });
  const wide = agent.mintToken({ scopes: ["*"], maxCalls: 1 });
  for (let time = 0; time < 3; time += 1) {
    const { claims } = asking.check(wide, { scopes: [] });
    assert.deepEqual([claims.name, claims.maxCalls, claims.ceiling], ["research-bot", 1, ["read:*"]]);
    assert.deepEqual(["read:x", "write:x"].map((scope) => claims.permits(scope)), [true, false]);
  }
  assert.equal(asking.admit(wide, { scopes: ["read:x"] }).callsLeft, 0, "nothing was counted");
});

test("a call is an object that says which scopes it needs", () => {
  for (const ask of [(call) => gate().check(token, call), (call) => gate({ ledger }).admit(token, call)]) {
    assert.throws(() => ask(["read:arxiv"]), (error) => error instanceof TypeError && /call: .*\{ scopes: .*an array/.test(error.message));
    assert.throws(() => ask({}), /call\.scopes: expected an array/);
    assert.throws(() => ask({ scope: ["read:arxiv"] }), /expected no "scope"/);
    assert.throws(() => ask({ scopes: "read:arxiv" }), /call\.scopes: expected an array/);
    assert.throws(() => ask(), TypeError);
    assert.ok(ask({ scopes: [] }));
  }
});

test("check heeds since when the ledger of the gate has counted", () => {
  const now = Math.floor(Date.now() / 1000);
  assert.throws(() => gate({ ledger: { slots: 8, since: now } }).check(token, { scopes: [] }), { code: 30 });
  assert.ok(gate({ ledger: { slots: 8, since: now - 60 } }).check(token, { scopes: [] }));
});

test("a token is verified with what is known of the time, as far as the policy allows", () => {
  const now = Math.floor(Date.now() / 1000);
  const lasting = bundle(1, { notAfter: now + 86_400 });
  const asked = [
    [{ known: now }, undefined, 0],
    [{ atLeast: now - 5_000 }, undefined, 31],
    [{ atLeast: now - 5_000 }, "allow-lower-bound", 0],
    [{ atLeast: now + 5_000 }, "allow-lower-bound", 14],
    ["unknown", "allow-lower-bound", 31],
    ["unknown", "allow-unknown", 0],
  ];
  for (const [clock, timePolicy, expected] of asked) {
    const policy = timePolicy === undefined ? {} : { timePolicy };
    const ways = [
      () => verifyToken(token, agent.publicKey, { ...policy, clock }),
      () => new Verifier(agent.publicKey, policy).verify(token, { clock }),
    ];
    // To a gate no time is unknown: its bundle proves one.
    if (clock !== "unknown") ways.push(() => gate({ ...policy, bundle: lasting }).check(token, { scopes: [] }, { clock }));
    for (const way of ways) {
      if (expected === 0) assert.equal(way().name ?? way().claims.name, "research-bot");
      else assert.throws(way, { code: expected }, JSON.stringify(clock));
    }
  }
  assert.throws(() => verifyToken(token, agent.publicKey, { now, clock: "unknown" }), /expected one of them/);
  assert.throws(() => new Verifier(agent.publicKey).verify(token, { timePolicy: "allow-unknown" }), /timePolicy/);
});

test("a newer bundle takes over and an older one does not", () => {
  const running = gate({ ledger });
  running.setBundle(bundle(3));
  assert.equal(running.version.epoch, 3n);
  assert.throws(() => running.setBundle(bundle(2)), { name: "bundle-rollback" });
  assert.equal(running.version.epoch, 3n);
  assert.equal(running.admit(token, { scopes: ["read:arxiv"] }).callsLeft, 4);
});

test("many calls do not fill the memory", () => {
  const { memory } = core.initSync();
  const running = gate();
  const same = bundle(1);
  running.setBundle(same);
  const before = memory.buffer.byteLength;
  for (let call = 0; call < 20_000; call += 1) parseToken(token);
  for (let call = 0; call < 2_000; call += 1) running.setBundle(same);
  assert.ok(memory.buffer.byteLength - before < 200_000, `${memory.buffer.byteLength - before} bytes more`);
});

test("refused inputs of rising size do not fill the memory", () => {
  const { memory } = core.initSync();
  const before = memory.buffer.byteLength;
  for (let times = 1; times <= 60; times += 1) {
    assert.throws(() => parseToken("A".repeat(65_536 * times)), AgentIdError);
    assert.throws(() => verifyToken(new Uint8Array(65_536 * times), agent.publicKey), AgentIdError);
  }
  assert.ok(memory.buffer.byteLength - before < 30_000_000, `${memory.buffer.byteLength - before} bytes more`);
});

test("what a caller's own code throws is not taken for a refusal", () => {
  const throwing = new Proxy({}, {
    ownKeys() {
      throw 270;
    },
  });
  for (const call of [(value) => new Gate(value), (value) => agent.mintToken(value), (value) => gate().setBundle(bundle(1), value)]) {
    assert.throws(() => call(throwing), (thrown) => thrown === 270);
  }
});

test("a record that is wiped, or grows, leaves nothing behind", () => {
  const secret = new Uint8Array(32).fill(90);
  const record = new Writer().bytes(secret).text("a secret");
  const before = record.finish();
  assert.ok(before.includes(90));
  record.bytes(new Uint8Array(10_000));
  assert.ok(before.every((byte) => byte === 0), "the smaller one");
  const after = record.finish();
  assert.ok(after.includes(90));
  record.wipe();
  assert.ok(after.every((byte) => byte === 0));
  // Also if the call throws.
  let kept;
  assert.throws(() => wiped((record) => {
    kept = record.bytes(secret).finish();
    throw new TypeError("expected");
  }), TypeError);
  assert.ok(kept.every((byte) => byte === 0));
});

test("numbers cross as they are", () => {
  const numbers = [0, 1, -1, 2 ** 32 - 1, 2 ** 32, -(2 ** 32), 2 ** 53 - 1, -(2 ** 53) + 1, 2n ** 63n - 1n, -(2n ** 63n)];
  for (const number of numbers) {
    const record = new Writer().number(number).number(number).finish();
    const reader = new Reader(record);
    assert.equal(BigInt.asIntN(64, reader.number()), BigInt(number));
    assert.equal(reader.small(), Number(number));
  }
});

test("the modules keep to their budgets", () => {
  const budgets = JSON.parse(readFileSync(new URL("../budgets.json", import.meta.url), "utf8"));
  const smaller = process.env.AGENTID_SMALLER_MODULES;
  const modules = {
    verify: `${smaller}/verify/agentid.wasm`,
    "verify-builtin": `${smaller}/verify-builtin/agentid.wasm`,
    "verify-precomputed": `${smaller}/verify-precomputed/agentid.wasm`,
    mint: `${smaller}/mint/agentid.wasm`,
    "admission-compact": `${process.env.AGENTID_COMPACT}/agentid.wasm`,
    admission: new URL("../dist/agentid.wasm", import.meta.url),
    "admission-builtin": new URL("../dist-builtin/agentid.wasm", import.meta.url),
  };
  for (const [name, path] of Object.entries(modules)) {
    const module = readFileSync(path);
    const figures = { raw: module.length, brotli: brotliCompressSync(module).length };
    console.log(name, figures);
    for (const [kind, figure] of Object.entries(figures)) {
      assert.ok(figure <= budgets[name][kind], `${name}, ${kind}: ${figure} bytes, budget ${budgets[name][kind]}`);
    }
  }
});
