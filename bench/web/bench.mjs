// Verification in JavaScript, ours beside the alternatives in one run: all take turns, so that a noisy machine is noisy for all.
//
// Ours and `jose` check the same claims, times included; the others check the bare signature of the same bytes.

import { performance } from "node:perf_hooks";
import * as noble from "@noble/ed25519";
import { AgentIdentity, verifyToken } from "agentid-wasm";
import { generateKeyPair, jwtVerify, SignJWT } from "jose";
import nacl from "tweetnacl";

const ROUNDS = 301;
const agent = AgentIdentity.derive("research-bot", "phd-lab", "a seed");
const key = agent.publicKey;
const token = agent.mintToken({ scopes: ["read:arxiv", "write:notes"], ttlSeconds: 900, maxCalls: 100 });
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

const contestants = {
  "agentid-wasm, whole verification": () => verifyToken(token, key).name === "research-bot",
  "jose, EdDSA JWT with the same claims": async () => (await jwtVerify(jwt, pair.publicKey)).payload.sub === "research-bot",
  "WebCrypto, bare signature": () => crypto.subtle.verify("Ed25519", imported, signature, message),
  "@noble/ed25519, bare signature": () => noble.verifyAsync(signature, message, key),
  "tweetnacl, bare signature": () => nacl.sign.detached.verify(message, signature, key),
};

const times = new Map(Object.keys(contestants).map((name) => [name, []]));
for (let round = 0; round < ROUNDS + 20; round += 1) {
  for (const [name, verify] of Object.entries(contestants)) {
    const start = performance.now();
    const good = await verify();
    const took = performance.now() - start;
    if (!good) throw new Error(`${name} does not verify`);
    // The first rounds are for the compiler.
    if (round >= 20) times.get(name).push(took);
  }
}

const medians = [...times].map(([name, all]) => [name, all.sort((a, b) => a - b)[(ROUNDS - 1) / 2] * 1e3]);
const ours = medians[0][1];
console.log("| verification in Node | median | ours = 1 |\n|---|---:|---:|");
for (const [name, micros] of medians) console.log(`| ${name} | ${micros.toFixed(0)} µs | ${(micros / ours).toFixed(2)} |`);
