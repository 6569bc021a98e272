// The reach of an attacker: options that inherit, values of other realms, inputs of any size,
// secrets left in memory.

import assert from "node:assert/strict";
import { test } from "node:test";
import vm from "node:vm";
import * as api from "agentid-wasm";
import * as core from "../dist/core.js";

const { AgentIdentity, AgentIdError, Gate, Verifier, parseToken, verifyToken } = api;
const { memory } = core.initSync();
const SEED = new Uint8Array(32).map((_, index) => index * 7 + 1);
const AUTHORITY = new Uint8Array(32).fill(7);
const agent = AgentIdentity.derive("research-bot", "phd-lab", SEED);
const token = agent.mintToken({ scopes: ["read:arxiv"], maxCalls: 5 });
const now = Math.floor(Date.now() / 1000);
const trusted = { key: agent.publicKey, name: "research-bot", project: "phd-lab" };
const content = { authoritySecret: AUTHORITY, epoch: 1, issuedAt: now, notAfter: now + 600, issuers: [trusted] };
const bundle = api.signBundle(content);
const authority = api.authorityPublicKey(AUTHORITY);
const ledger = { slots: 8, since: "beginning" };
const gate = (options) => new Gate({ bundle, authority, ...options });
const MEGABYTE = 1 << 20;

/** Runs `call` while `Object.prototype` has another property. */
function polluted(name, value, call) {
  Object.defineProperty(Object.prototype, name, { value, configurable: true, enumerable: true, writable: true });
  try {
    return call();
  } finally {
    delete Object.prototype[name];
  }
}

/** By how many bytes the module's memory grows. */
function growth(call) {
  const before = memory.buffer.byteLength;
  call();
  return memory.buffer.byteLength - before;
}

// Every function that takes options, with options that it accepts.
const ENTRIES = {
  verifyToken: [(options) => verifyToken(token, agent.publicKey, options), { now }],
  Verifier: [(options) => new Verifier(agent.publicKey, options), { clockSkewSeconds: 1 }],
  "Verifier.verify": [(options) => new Verifier(agent.publicKey).verify(token, options), { now }],
  mintToken: [(options) => agent.mintToken(options), { scopes: [] }],
  Gate: [(options) => new Gate(options), { bundle, authority }],
  call: [(call) => gate().check(token, call), { scopes: [] }],
  "call to admit": [(call) => gate({ ledger }).admit(token, call), { scopes: ["read:arxiv"] }],
  ledger: [(options) => gate({ ledger: options }), ledger],
  clock: [(options) => gate({ clock: options }), { known: now }],
  newest: [(options) => gate({ newest: options }), { epoch: 0, digest: "00".repeat(32) }],
  "Gate.admit": [(options) => gate({ ledger }).admit(token, { scopes: [] }, options), { now }],
  "Gate.check": [(options) => gate().check(token, { scopes: [] }, options), { now }],
  "Gate.setBundle": [(options) => gate().setBundle(bundle, options), { now }],
  readBundle: [(options) => api.readBundle(bundle, options), { authority }],
  signBundle: [(options) => api.signBundle(options), content],
  issuer: [(issuer) => api.checkIssuers([issuer]), trusted],
  "revoked token": [
    (revoked) => api.signBundle({ ...content, revokedTokens: [revoked] }),
    { issuer: agent.publicKey, tokenId: 1n },
  ],
};

test("options are plain objects of any realm, read once", () => {
  for (const [name, [call, right]] of Object.entries(ENTRIES)) {
    const foreign = Object.assign(vm.runInNewContext("({})"), right);
    for (const plain of [right, Object.freeze({ ...right }), Object.assign(Object.create(null), right), foreign]) call(plain);

    class Options {
      constructor() {
        Object.assign(this, right);
      }
    }
    const array = Object.assign([], right);
    const wrong = [new Options(), Object.create(right), array, new Map(Object.entries(right)), new Date(), () => {}, null, 7, "x"];
    for (const value of wrong) assert.throws(() => call(value), TypeError, name);
    assert.throws(() => call(Object.assign(() => {}, right)), TypeError, name);
    assert.throws(() => call(new Proxy(new Map(Object.entries(right)), {})), TypeError, name);
    assert.throws(() => call({ ...right, [Symbol("now")]: 1 }), /expected no/, name);
    assert.throws(() => call(JSON.parse('{"__proto__": {}}')), /expected no/, name);

    const reads = new Map();
    const counted = new Proxy({ ...right }, {
      get: () => assert.fail(`${name}: not through a getter`),
      getOwnPropertyDescriptor(target, key) {
        reads.set(key, (reads.get(key) ?? 0) + 1);
        return Reflect.getOwnPropertyDescriptor(target, key);
      },
    });
    call(counted);
    assert.ok([...reads.values()].every((times) => times === 1), `${name}: read ${[...reads]}`);
    const [first] = Object.keys(right);
    assert.throws(() => call({ ...right, get [first]() { return right[first]; } }), /got a getter/, name);
  }
});

test("inherited options are not used", () => {
  const expired = { code: 14 };
  // A token that expired long ago, and a time at which it had not.
  const old = agent.mintToken({ scopes: [], now: now - 5_000, ttlSeconds: 60 });
  polluted("now", now - 5_000, () => {
    assert.throws(() => verifyToken(old, agent.publicKey), expired);
    assert.throws(() => verifyToken(old, agent.publicKey, {}), expired);
    assert.throws(() => new Verifier(agent.publicKey).verify(old), expired);
    assert.throws(() => gate().check(old, { scopes: [] }), expired);
    assert.throws(() => gate().check(old, { scopes: [] }, {}), expired);
  });
  polluted("clock", { known: now - 5_000 }, () => assert.throws(() => gate().check(old, { scopes: [] }), expired));
  polluted("known", now - 5_000, () => assert.throws(() => gate().check(old, { scopes: [] }, { clock: {} }), TypeError));
  const guessable = AgentIdentity.derive("research-bot", "phd-lab");
  const issuer = { ...trusted, key: guessable.publicKey };
  polluted("allowGuessable", true, () => assert.throws(() => api.checkIssuers([issuer]), { code: 45 }));
  polluted("allowDatedAhead", true, () => {
    assert.throws(() => api.signBundle({ ...content, issuedAt: now + 60 }), { code: 47 });
  });
  polluted("maxLifetimeSeconds", 1, () => assert.ok(verifyToken(token, agent.publicKey)));
  polluted("maxTokenLength", 65_921, () => {
    assert.throws(() => verifyToken(new Uint8Array(5_000), agent.publicKey), { code: 2 });
  });
  polluted("timePolicy", "allow-unknown", () => {
    assert.throws(() => verifyToken(token, agent.publicKey, { clock: "unknown" }), { code: 31 });
    assert.throws(() => gate().check(token, { scopes: [] }, { clock: "unknown" }), { code: 31 });
  });
  polluted("scopes", [], () => assert.throws(() => gate().check(token, {}), TypeError));
  polluted("since", "beginning", () => assert.throws(() => gate({ ledger: { slots: 8 } }), /since/));
  polluted("ledger", ledger, () => assert.throws(() => gate().admit(token, { scopes: [] }), TypeError));
  // Holes in lists are missing too.
  polluted(0, "read:arxiv", () => assert.throws(() => agent.mintToken({ scopes: new Array(1) }), TypeError));
  polluted(0, agent.publicKey, () => assert.throws(() => verifyToken(token, new Array(1)), TypeError));
  // Results hold the token's fields and no inherited values.
  for (const name of ["get", "value", "writable", "permits", "name", "requestedScopes"]) {
    polluted(name, () => true, () => {
      const claims = gate({ ledger }).admit(token, { scopes: [] }).claims;
      assert.deepEqual([claims.name, claims.requestedScopes, claims.permits("x:y")], ["research-bot", ["read:arxiv"], false], name);
    });
  }
});

test("bytes of another realm are bytes, and objects that only look like them are not", () => {
  const foreign = vm.runInNewContext("(bytes) => Uint8Array.from(bytes)");
  assert.equal(verifyToken(foreign(token), foreign(agent.publicKey)).name, "research-bot");
  new Gate({ bundle: foreign(bundle), authority: foreign(authority) }).setBundle(foreign(bundle));
  assert.equal(AgentIdentity.derive("research-bot", "phd-lab", foreign(SEED)).fingerprint, agent.fingerprint);
  const shared = new Uint8Array(new SharedArrayBuffer(token.length));
  shared.set(token);
  assert.ok(verifyToken(shared, agent.publicKey));

  const named = { length: token.length, [Symbol.toStringTag]: "Uint8Array" };
  for (const value of [named, Object.setPrototypeOf({ ...token }, Uint8Array.prototype), new Proxy(token, {})]) {
    assert.throws(() => verifyToken(value, agent.publicKey), TypeError);
    assert.throws(() => verifyToken(token, value), TypeError);
  }
  // The overridden length and items of a subclass are not read.
  class Lying extends Uint8Array {
    get length() {
      return 1;
    }
    *[Symbol.iterator]() {
      throw 270;
    }
  }
  assert.ok(verifyToken(Lying.from(token), Lying.from(agent.publicKey)));
  assert.equal(api.encodeToken(Lying.from(token)), api.encodeToken(token));
  new Gate({ bundle: Lying.from(bundle), authority: Lying.from(authority) });
});

test("lists are read by their own items, up to a limit", () => {
  const scopes = Object.assign(["read:arxiv"], {
    *[Symbol.iterator]() {
      yield "*";
    },
  });
  assert.deepEqual(parseToken(agent.mintToken({ scopes })).requestedScopes, ["read:arxiv"]);
  const sparse = [];
  sparse.length = 2 ** 32 - 1;
  const calls = [
    () => verifyToken(token, sparse),
    () => new Verifier(sparse),
    () => agent.mintToken({ scopes: sparse }),
    () => gate().check(token, { scopes: sparse }),
    () => api.checkIssuers(sparse),
    () => api.signBundle({ ...content, revokedIssuers: sparse }),
    () => api.signBundle({ ...content, revokedTokens: sparse }),
    () => api.checkIssuers([{ ...trusted, ceiling: sparse }]),
  ];
  for (const call of calls) assert.throws(call, RangeError);
});

test("refused input of 200 MB is not copied", () => {
  const text = "A".repeat(200 * MEGABYTE);
  const bytes = new Uint8Array(200 * MEGABYTE);
  const tooLong = { code: 2, name: "too-long" };
  const verifier = new Verifier(agent.publicKey);
  const closed = gate({ ledger });
  const copied = process.memoryUsage().arrayBuffers;
  const grown = growth(() => {
    for (const input of [text, bytes]) {
      assert.throws(() => parseToken(input), tooLong);
      assert.throws(() => verifyToken(input, agent.publicKey), tooLong);
      assert.throws(() => verifyToken(input, agent.publicKey, { maxTokenLength: 2 ** 32 - 1 }), tooLong);
      assert.throws(() => verifier.verify(input), tooLong);
      assert.throws(() => closed.admit(input, { scopes: [] }), tooLong);
      assert.throws(() => closed.check(input, { scopes: [] }), tooLong);
      const others = [
        () => verifyToken(token, input),
        () => verifyToken(token, [input]),
        () => AgentIdentity.derive(input, "p"),
        () => AgentIdentity.derive("n", input),
        () => AgentIdentity.derive("n", "p", input),
        () => AgentIdentity.deriveWithWeakSeed("n", "p", input),
        () => AgentIdentity.fromSecret("n", "p", input),
        () => agent.mintToken({ scopes: [input] }),
        () => verifyToken(token, agent.publicKey).permits(input),
        () => closed.check(token, { scopes: [input] }),
        () => closed.setBundle(input),
        () => gate({ bundle: input }),
        () => gate({ authority: input }),
        () => gate({ newest: { epoch: 1, digest: input } }),
        () => api.readBundle(input, { authority }),
        () => api.checkIssuers([{ ...trusted, name: input }]),
        () => api.signBundle({ ...content, authoritySecret: input }),
        () => api.authorityPublicKey(input),
        () => api.keyFingerprint(input),
        () => api.precomputeIssuer(input),
        () => api.scopeCovers(input, "a"),
        () => api.scopeCovers("a", input),
      ];
      for (const call of others) {
        assert.throws(call, (error) => error instanceof TypeError || error instanceof RangeError, `${call}`);
      }
    }
    assert.throws(() => api.decodeToken(text), tooLong);
    assert.throws(() => api.encodeToken(bytes), tooLong);
    assert.throws(() => api.authorizationText(text), tooLong);
    assert.throws(() => api.authorizationToken(`AgentID ${text}`), tooLong);
  });
  assert.equal(grown, 0);
  assert.ok(process.memoryUsage().arrayBuffers - copied < 8 * MEGABYTE, "nor on this side");
});

test("a text is as long as its policy allows", () => {
  const most = { maxTokenLength: token.length };
  const hex = Buffer.from(token).toString("hex");
  assert.ok(verifyToken(hex, agent.publicKey, most));
  assert.throws(() => verifyToken(`${hex}0`, agent.publicKey, most), { code: 2 });
  assert.throws(() => verifyToken(hex, agent.publicKey, { maxTokenLength: token.length - 1 }), { code: 2 });
  // A short token is refused as too short under every limit.
  assert.throws(() => verifyToken("qR0B".repeat(10), agent.publicKey, { maxTokenLength: 1 }), { code: 1 });
  assert.throws(() => verifyToken(new Uint8Array(10), agent.publicKey, { maxTokenLength: 1 }), { code: 1 });
  // The default is 4,096 bytes; more must be asked for.
  const scopes = Array.from({ length: 20 }, (_, index) => `${index}:${"s".repeat(240)}`);
  const long = agent.mintToken({ scopes });
  assert.throws(() => verifyToken(long, agent.publicKey), { code: 2 });
  assert.throws(() => gate().check(long, { scopes: [] }), { code: 2 });
  assert.ok(verifyToken(long, agent.publicKey, { maxTokenLength: 5_500 }).permits(scopes[3]));
  assert.equal(parseToken(long).requestedScopes.length, 20);
});

test("100,000 claims that are kept leave nothing in the module", () => {
  const running = gate({ ledger: { slots: 8, since: "beginning" } });
  const unlimited = agent.mintToken({ scopes: ["read:arxiv"] });
  const kept = [running.admit(unlimited, { scopes: [] }).claims];
  const grown = growth(() => {
    for (let call = 1; call < 100_000; call += 1) kept.push(running.admit(unlimited, { scopes: [] }).claims);
  });
  assert.equal(grown, 0, `${kept.length} claims`);
  assert.ok(kept.at(-1).permits("read:arxiv") && !kept[0].permits("write:x"));
});

test("bundles that were replaced are given back", () => {
  const ceiling = Array.from({ length: 200 }, (_, index) => `${index}:${"s".repeat(240)}`);
  const large = (epoch) => api.signBundle({ ...content, epoch, issuers: [{ ...trusted, ceiling }] });
  const running = gate({ bundle: large(1) });
  running.setBundle(large(2));
  const next = Array.from({ length: 100 }, (_, index) => large(index + 3));
  const grown = growth(() => {
    for (const bytes of next) running.setBundle(bytes);
    for (let times = 0; times < 100; times += 1) assert.throws(() => running.setBundle(next[0]), { code: 43 });
  });
  assert.equal(running.version.epoch, 102n);
  assert.ok(grown < MEGABYTE / 4, `${next[0].length * next.length} bytes of bundles, ${grown} more of memory`);
});


test("only the key that a token names is looked at", () => {
  const bad = "00".repeat(32);
  assert.throws(() => api.keyFingerprint(bad), { code: 17 });
  assert.equal(verifyToken(token, [bad, agent.publicKey, "ff".repeat(32)]).name, "research-bot");
  assert.throws(() => verifyToken(token, [bad, bad]), { code: 13 });
  // A token that names no key is not verified by it.
  const forged = Uint8Array.from(token);
  const at = Buffer.from(token).indexOf(agent.publicKey);
  forged.fill(0, at, at + 32);
  assert.throws(() => verifyToken(forged, bad), { code: 16 });
  // A verifier that keeps its keys checks all of them, once.
  assert.throws(() => new Verifier([agent.publicKey, bad]), { code: 17 });
  const another = AgentIdentity.derive("another", "phd-lab", SEED).publicKey;
  const verifier = new Verifier([another, agent.publicKey], { maxLifetimeSeconds: 900 });
  assert.ok(verifier.verify(token).permits("read:arxiv"));
  assert.throws(() => verifier.verify(agent.mintToken({ scopes: [], ttlSeconds: 901 })), { code: 12 });
  assert.throws(() => verifier.verify(token, { now: now + 901 }), { code: 14 });
});

/** How often these bytes stand in the module's memory. */
function occurrences(secret) {
  const whole = Buffer.from(memory.buffer);
  let count = 0;
  for (let at = whole.indexOf(secret); at >= 0; at = whole.indexOf(secret, at + 1)) count += 1;
  return count;
}

/**
 * 32 bytes that occur nowhere else, and in no bytes of this process that the module could have
 * copied.
 */
const secretBytes = () => crypto.getRandomValues(new Uint8Array(32));
const halves = (secret) => [Buffer.from(secret.subarray(0, 16)), Buffer.from(secret.subarray(16))];

test("secrets that cross are wiped before the call returns", () => {
  const forms = [(secret) => secret, (secret) => Buffer.from(secret).toString("hex")];
  for (const form of forms) {
    const uses = [
      (secret) => api.authorityPublicKey(form(secret)),
      (secret) => api.signBundle({ ...content, authoritySecret: form(secret) }),
      (secret) => assert.throws(() => api.signBundle({ ...content, epoch: 1n << 64n, authoritySecret: form(secret) }), RangeError),
      (secret) => assert.throws(() => api.signBundle({ ...content, notAfter: 0, authoritySecret: form(secret) }), AgentIdError),
      (secret) => AgentIdentity.derive("n", "p", form(secret)),
      (secret) => AgentIdentity.deriveWithWeakSeed("n", "p", form(secret)),
      (secret) => assert.throws(() => AgentIdentity.derive("", "p", form(secret)), AgentIdError),
      (secret) => assert.throws(() => AgentIdentity.fromSecret("", "p", form(secret)), AgentIdError),
    ];
    for (const use of uses) {
      const secret = secretBytes();
      use(secret);
      const written = typeof form(secret) === "string" ? [Buffer.from(form(secret))] : [];
      for (const part of [...halves(secret), ...written]) assert.equal(occurrences(part), 0, `${use}`);
    }
    // An identity keeps one copy of its secret, also after it has signed.
    const secret = secretBytes();
    const kept = AgentIdentity.fromSecret("n", "p", form(secret));
    kept.mintToken({ scopes: ["a"] });
    for (const half of halves(secret)) assert.equal(occurrences(half), 1, "in the identity");
  }
  // The caller's own bytes are the caller's to wipe.
  const secret = secretBytes();
  const before = Uint8Array.from(secret);
  api.authorityPublicKey(secret);
  assert.deepEqual(secret, before);
});

test("a bundle is known by epoch and digest", async () => {
  const digest = (bytes) => crypto.subtle.digest("SHA-256", bytes).then((hash) => Buffer.from(hash).toString("hex"));
  const other = api.signBundle({ ...content, revokedIssuers: [agent.publicKey] });
  const running = gate();
  assert.deepEqual({ ...running.version }, { epoch: 1n, digest: await digest(bundle) });
  assert.equal(api.readBundle(bundle, { authority }).digest, await digest(bundle));
  assert.throws(() => running.setBundle(other), { code: 43 });
  running.setBundle(bundle);
  const { version } = running;
  assert.ok(gate({ newest: version }));
  assert.throws(() => gate({ bundle: other, newest: version }), { code: 43 });
  assert.throws(() => gate({ newest: { ...version, epoch: 2 } }), { code: 43 });
  assert.throws(() => gate({ newest: { epoch: 1 } }), TypeError);
  assert.throws(() => gate({ newest: { epoch: 1, digest: "00" } }), TypeError);
  assert.throws(() => gate({ lowestEpoch: 1 }), /lowestEpoch/);
});

test("a bundle that is dated ahead is neither signed nor opened", () => {
  const ahead = { ...content, issuedAt: now * 1_000, notAfter: now * 1_000 + 600 };
  assert.throws(() => api.signBundle(ahead), { code: 47, name: "bundle-dated-ahead" });
  const signed = api.signBundle({ ...ahead, allowDatedAhead: true });
  assert.throws(() => gate({ bundle: signed }), { code: 47 });
  assert.ok(api.signBundle({ ...content, issuedAt: now + 100, now: now + 70 }));
  assert.throws(() => api.signBundle({ ...content, issuedAt: now + 101, now: now + 70 }), { code: 47 });
});

test("a clock that the bundle in force proves to be behind refuses no newer one", () => {
  const next = api.signBundle({ ...content, epoch: 2 });
  const behind = now - 100_000;
  assert.throws(() => gate({ now: behind }), { code: 47 }, "nothing proves anything yet");
  const running = gate();
  running.setBundle(next, { now: behind });
  assert.equal(running.version.epoch, 2n);
  // The next bundle heals one that was dated ahead by mistake, and is not refused because of it.
  const ahead = api.signBundle({ ...content, issuedAt: now * 1_000, notAfter: now * 1_000 + 600, allowDatedAhead: true });
  const misled = gate({ bundle: ahead, clock: "unknown" });
  assert.throws(() => misled.check(token, { scopes: [] }), { name: "expired" });
  misled.setBundle(next);
  assert.ok(misled.check(token, { scopes: [] }));
});

test("the ceiling is readable, and permits heeds it", () => {
  const capped = api.signBundle({ ...content, issuers: [{ ...trusted, ceiling: ["read:*", "list"] }] });
  const wide = agent.mintToken({ scopes: ["*"] });
  const { claims } = gate({ bundle: capped, ledger }).admit(wide, { scopes: ["read:x"] });
  assert.deepEqual([claims.requestedScopes, claims.ceiling], [["*"], ["read:*", "list"]]);
  assert.deepEqual(["read:x", "list", "write:x", "", "*"].map((scope) => claims.permits(scope)), [true, true, false, false, false]);
  assert.throws(() => claims.ceiling.push("*"), TypeError);
  assert.equal(verifyToken(wide, agent.publicKey).ceiling, undefined);
  assert.ok(verifyToken(wide, agent.publicKey).permits("write:x"));
  assert.equal("scopes" in claims, false);
  assert.equal(parseToken(wide).permits, undefined);
});

test("header faults are told apart, and refusals say whether they may be disclosed", () => {
  for (const value of [undefined, null, ""]) assert.throws(() => api.authorizationText(value), { code: 61 });
  assert.throws(() => api.authorizationToken(null), { code: 61, status: 401 });
  assert.throws(() => api.authorizationText("Basic abc"), { code: 62 });
  assert.throws(() => api.authorizationText("AgentID"), { code: 19 });
  assert.deepEqual(api.authorizationToken(`Bearer ${api.encodeToken(token)}`), token);
  const secret = [8, 9, 10, 12, 13, 16, 26, 27, 28, 29, 30];
  for (let code = 1; code < 48; code += 1) {
    const error = AgentIdError.fromCode(code);
    assert.deepEqual([error.code, error.disclosable], [code, error.name !== "unknown" && !secret.includes(code)], error.name);
    assert.equal(error.signatureHeld, code >= 32 && code <= 39, error.name);
  }
  assert.deepEqual({ ...AgentIdError.fromCode(37) }, {
    ...{ code: 37, name: "usage-forgotten", status: 503 },
    ...{ disclosable: true, signatureHeld: true },
  });
  assert.equal(AgentIdError.fromCode(255).name, "unknown");
  assert.throws(() => AgentIdError.fromCode(256), RangeError);
  assert.throws(() => AgentIdError.fromCode("37"), TypeError);
  polluted("name", "x", () => assert.equal(AgentIdError.fromCode(37).name, "usage-forgotten"));
});

test("a seed that can be guessed is refused, unless that is asked for", () => {
  for (const seed of ["", "fifteen letters", new Uint8Array(15)]) {
    assert.throws(() => AgentIdentity.derive("n", "p", seed), { code: 63, name: "seed-too-short" });
  }
  assert.ok(AgentIdentity.derive("n", "p", new Uint8Array(16)));
  const published = AgentIdentity.derive("research-bot", "phd-lab");
  assert.equal(AgentIdentity.deriveWithWeakSeed("research-bot", "phd-lab", "").fingerprint, published.fingerprint);
  assert.throws(() => AgentIdentity.deriveWithWeakSeed("n", "p"), TypeError);
});
