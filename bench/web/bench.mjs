// Verification in JavaScript, ours beside the alternatives in one run: all take turns, so that a noisy machine is noisy for all.
//
// Ours and `jose` check the same claims, times included; the others check the bare signature of the
// same bytes. The package has three kinds of curve code here, each with the same JavaScript around
// it. What each takes is printed too.

import { createPublicKey, verify as verifyInNode } from "node:crypto";
import { readFileSync } from "node:fs";
import { performance } from "node:perf_hooks";
import { brotliCompressSync } from "node:zlib";
import * as noble from "@noble/ed25519";
import { AgentIdentity, verifyToken } from "agentid-wasm";
import * as builtin from "agentid-wasm/builtin";
import { generateKeyPair, jwtVerify, SignJWT } from "jose";
import nacl from "tweetnacl";

const ROUNDS = 301;
/** The first rounds are for the compiler, which is late on a busy machine. */
const WARM_UP = 200;
const compact = await import(`${process.env.AGENTID_COMPACT}/inline.js`);
const agent = AgentIdentity.derive("research-bot", "phd-lab", "a seed for benchmarks");
const key = agent.publicKey;
const content = { scopes: ["read:arxiv", "write:notes"], ttlSeconds: 900, maxCalls: 100 };
const token = agent.mintToken(content);
// Another one, which only the last of ours knows in advance.
const precomputed = AgentIdentity.derive("precomputed-bot", "phd-lab", "a seed for benchmarks");
const precomputedToken = precomputed.mintToken(content);
builtin.precomputeIssuer(precomputed.publicKey);

// Repeated presentations of one token at one gate.
const authoritySecret = new Uint8Array(32).fill(7);
const now = Math.floor(Date.now() / 1000);
const issuers = [{ key: agent.publicKey, name: "research-bot", project: "phd-lab" }];
const bundle = builtin.signBundle({ authoritySecret, epoch: 1, issuedAt: now, notAfter: now + 900, issuers });
const gate = new builtin.Gate({ bundle, authority: builtin.authorityPublicKey(authoritySecret), ledger: { slots: 8, since: "beginning" } });
const often = agent.mintToken({ ...content, maxCalls: 0 });
const [message, signature] = [token.slice(0, -64), token.slice(-64)];
const imported = await crypto.subtle.importKey("raw", key, "Ed25519", false, ["verify"]);

const pair = await generateKeyPair("EdDSA");
const claims = { project: "phd-lab", scope: "read:arxiv write:notes", max_calls: 100 };
const jwt = await new SignJWT(claims)
  .setProtectedHeader({ alg: "EdDSA", kid: agent.fingerprint })
  .setSubject("research-bot")
  .setIssuedAt()
  .setExpirationTime("15m")
  .setJti("0123456789abcdef")
  .sign(pair.privateKey);

const spki = Buffer.concat([Buffer.from("302a300506032b6570032100", "hex"), key]);
const inNode = createPublicKey({ key: spki, format: "der", type: "spki" });

const contestants = {
  "`agentid-wasm`": () => verifyToken(token, key).name === "research-bot",
  "the same with ed25519-compact 2.6": () => compact.verifyToken(token, key).name === "research-bot",
  "`agentid-wasm/builtin`": () => builtin.verifyToken(token, key).name === "research-bot",
  "`agentid-wasm/builtin`, the issuer precomputed": () => builtin.verifyToken(precomputedToken, precomputed.publicKey).name === "precomputed-bot",
  "`agentid-wasm/builtin`, `gate.admit` of a token that comes again": () => gate.admit(often, { scopes: ["read:arxiv"] }).callsLeft === undefined,
  "jose, an EdDSA JWT with the same claims": async () => (await jwtVerify(jwt, pair.publicKey)).payload.sub === "research-bot",
  "WebCrypto, bare signature": () => crypto.subtle.verify("Ed25519", imported, signature, message),
  "node:crypto, bare signature": () => verifyInNode(null, message, inNode, signature),
  "@noble/ed25519, bare signature": () => noble.verifyAsync(signature, message, key),
  "tweetnacl, bare signature": () => nacl.sign.detached.verify(message, signature, key),
};

function shuffled(list) {
  for (let last = list.length - 1; last > 0; last -= 1) {
    const other = Math.floor(Math.random() * (last + 1));
    [list[last], list[other]] = [list[other], list[last]];
  }
  return list;
}

const times = new Map(Object.keys(contestants).map((name) => [name, []]));
for (let round = 0; round < ROUNDS + WARM_UP; round += 1) {
  // Each comes after each other one equally often: what runs before leaves its own code and data in
  // the caches.
  for (const [name, verify] of shuffled(Object.entries(contestants))) {
    const start = performance.now();
    const good = await verify();
    const took = performance.now() - start;
    if (!good) throw new Error(`${name} does not verify`);
    if (round >= WARM_UP) times.get(name).push(took);
  }
}

const medians = [...times].map(([name, all]) => [name, all.sort((a, b) => a - b)[(ROUNDS - 1) / 2] * 1e3]);
const [[, ours]] = medians;
console.log("| verification in Node | median | `agentid-wasm` = 1 |\n|---|---:|---:|");
for (const [name, micros] of medians) {
  console.log(`| ${name} | ${micros.toFixed(0)} µs | ${(micros / ours).toFixed(2)} |`);
}

const modules = {
  "`agentid-wasm`": new URL(import.meta.resolve("agentid-wasm/agentid.wasm")),
  "the same with ed25519-compact 2.6": `${process.env.AGENTID_COMPACT}/agentid.wasm`,
  "`agentid-wasm/builtin`": new URL(import.meta.resolve("agentid-wasm/builtin/agentid.wasm")),
};
console.log("\n| module | raw | brotli |\n|---|---:|---:|");
for (const [name, path] of Object.entries(modules)) {
  const module = readFileSync(path);
  console.log(`| ${name} | ${module.length} | ${brotliCompressSync(module).length} |`);
}
