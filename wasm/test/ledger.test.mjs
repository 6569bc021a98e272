// Ledgers in memory: their sizes, their start, and what one issuer may use of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentIdentity, Gate, authorityPublicKey, signBundle } from "agentid-wasm";

const now = Math.floor(Date.now() / 1000);
const AUTHORITY = new Uint8Array(32).fill(7);
const agents = ["research-bot", "other-bot"].map((name, index) => AgentIdentity.derive(name, "phd-lab", new Uint8Array(32).fill(index + 1)));
const [agent, other] = agents;
const issuers = agents.map(({ publicKey: key, name, project }) => ({ key, name, project }));
const bundle = signBundle({ authoritySecret: AUTHORITY, epoch: 1, issuedAt: now, notAfter: now + 600, issuers });
const gate = (options) => new Gate({ bundle, authority: authorityPublicKey(AUTHORITY), ...options });
const token = agent.mintToken({ scopes: ["read:arxiv"], maxCalls: 5 });

test("a gate without a ledger says so, and a ledger says since when it has counted", () => {
  assert.throws(() => gate().admit(token, { scopes: [] }), (error) => error instanceof TypeError && /no ledger.*since.*check/s.test(error.message));
  assert.throws(() => gate({ ledger: { slots: 8 } }), (error) => error instanceof TypeError && /since.*beginning.*restart/s.test(error.message));
  assert.throws(() => gate({ ledger: { window: 60 } }), /since/);
  for (const since of ["start", "", null, true, {}]) assert.throws(() => gate({ ledger: { slots: 8, since } }), TypeError);
  // Emptied now: a token issued before could have been used before.
  assert.throws(() => gate({ ledger: { slots: 8, since: now } }).admit(token, { scopes: [] }), { code: 30 });
  assert.ok(gate({ ledger: { slots: 8, since: now - 60 } }).admit(token, { scopes: [] }));
  for (const slots of [1, 3, 1_000, 1_048_576]) assert.equal(gate({ ledger: { slots, since: "beginning" } }).admit(token, { scopes: [] }).callsLeft, 4);
  for (const slots of [0, -1, 2 ** 27, 2 ** 32 - 1, 2 ** 32]) assert.throws(() => gate({ ledger: { slots, since: "beginning" } }), RangeError);
  for (const slots of [1.5, "8", null]) assert.throws(() => gate({ ledger: { slots, since: "beginning" } }), TypeError);
  for (const ledger of [{ slots: 8, bytes: 64 }, { window: 60, maxSlotsPerIssuer: 2 }]) {
    assert.throws(() => gate({ ledger: { ...ledger, since: "beginning" } }), TypeError);
  }
  for (const bytes of [0, 1, 2 ** 32]) assert.throws(() => gate({ ledger: { window: 5_000, bytes, since: "beginning" } }), RangeError);
  for (const maxSlotsPerIssuer of [0, 2 ** 32]) assert.throws(() => gate({ ledger: { slots: 8, maxSlotsPerIssuer, since: "beginning" } }), RangeError);
  const one = gate({ ledger: { slots: 1, since: "beginning" } });
  one.admit(token, { scopes: [] });
  assert.throws(() => one.admit(agent.mintToken({ scopes: [], maxCalls: 1 }), { scopes: [] }), { code: 36 });
});

test("a replay filter refuses the second use of every token", () => {
  const filter = gate({ ledger: { window: 1_000, since: "beginning" } });
  const unlimited = agent.mintToken({ scopes: [], ttlSeconds: 60 });
  assert.ok(filter.admit(unlimited, { scopes: [] }));
  assert.throws(() => filter.admit(unlimited, { scopes: [] }), { code: 35 });
});

test("an issuer that uses its share of the slots is refused, and others are not", () => {
  const running = gate({ ledger: { slots: 64, maxSlotsPerIssuer: 2, since: "beginning" } });
  const admit = (who) => running.admit(who.mintToken({ scopes: [], maxCalls: 1 }), { scopes: [] });
  admit(agent);
  admit(agent);
  assert.throws(() => admit(agent), { code: 36 });
  admit(other);
});

test("what there is no memory for is a RangeError, and the next gate works", () => {
  assert.throws(() => gate({ ledger: { slots: 2 ** 31, since: "beginning" } }), /RangeError: ledger: expected a size that there is memory for/);
  assert.ok(gate({ ledger: { slots: 8, since: "beginning" } }).admit(token, { scopes: [] }));
});
